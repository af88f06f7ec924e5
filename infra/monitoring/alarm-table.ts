import { Duration } from 'aws-cdk-lib';
import { ComparisonOperator, type Metric, Stats, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { receiverMetric } from '../constructs/receiver-metric.ts';
import { END_SESSIONS } from '../constructs/session-grants.ts';
import { functionAlarms } from './function-alarms.ts';
import type { Monitored } from './monitored.ts';
import { type ReceiverAlarm, SUSTAINED } from './receiver-alarm.ts';
import { TableMetrics } from './table-metrics.ts';

const MINUTE = Duration.minutes(1);
const FIVE_MINUTES = Duration.minutes(5);

/** As of the fifth try: what is over by itself is over by then, and a user has been signed in for long enough. */
const OLD_SECONDS = 15 * 60;
/** Tries come up to an hour apart. So long must the alarm remember the last one, or it would ring anew with each. */
const TRIES_APART = Duration.minutes(90);
/** Behind the stream, which is normally some twenty seconds. */
const BEHIND_MILLISECONDS = 10 * 60 * 1000;

/**
 * All alarms of a receiver. Each is there because somebody may still be signed in, or soon will be, and nobody would know.
 * docs/monitoring.md says why the thresholds are what they are.
 *
 * @param noLogoutDays after how many days without a logout one rings; undefined for never
 */
export function alarmsOf(monitored: Monitored, noLogoutDays: number | undefined): readonly ReceiverAlarm[] {
  return [
    ...logoutAlarms(monitored),
    ...queueAlarms(monitored),
    ...functionAlarms(monitored.functions),
    ...streamAlarms(monitored),
    ...tableAlarms(monitored),
    ...keyAlarms(monitored),
    ...(noLogoutDays === undefined ? [] : [noLogouts(monitored, noLogoutDays)]),
  ];
}

function logoutAlarms({ service, front, functions }: Monitored): readonly ReceiverAlarm[] {
  const counted = (metricName: string) => receiverMetric(service, metricName, { period: MINUTE });
  return [
    {
      id: 'ApiServerErrors',
      metric: front.metricServerErrors({ period: FIVE_MINUTES, statistic: Stats.SUM }),
      notices:
        'Logout requests were answered with 500 or above, so they were neither done nor kept: their users are still signed in unless the OP sends again.',
    },
    {
      id: 'ApiThrottles',
      metric: receiverMetric(service, 'RequestsThrottled', { period: FIVE_MINUTES }),
      notices:
        'Requests were answered with 429, more coming than the API lets through, and no function saw them. Users whose logout was among them are still signed in.',
    },
    {
      id: 'LogoutsFailed',
      metric: counted('LogoutFailed'),
      notices:
        'A logout was answered with 503, neither done nor kept: its user is still signed in, unless the OP sends it again.',
    },
    {
      id: 'LogoutsNotKept',
      metric: counted('LogoutNotKept'),
      notices:
        'A logout failed and could not be kept either, as the queue takes none: its user is still signed in, unless the OP sends it again.',
    },
    {
      id: 'InterruptedLogoutsNotKept',
      metric: counted('InterruptedLogoutNotKept'),
      notices:
        'Logouts that were begun can be neither finished nor kept: their users may still be signed in. They are tried for six hours.',
    },
    ...(functions.frontchannelLogout
      ? [
          {
            id: 'FrontchannelLogoutsFailed',
            metric: counted('FrontchannelLogoutFailed'),
            notices:
              'A front-channel logout was neither done nor kept. Its browser does not come again: its user is still signed in.',
          },
        ]
      : []),
    {
      id: 'SignatureRefusals',
      metric: receiverMetric(service, 'LogoutRejected', {
        period: Duration.hours(1),
        dimensionsMap: { Reason: 'signature_invalid' },
      }),
      // A single one says nothing: whoever can reach the endpoint can send a forged token.
      threshold: 10,
      notices:
        'Ten logout tokens or more within an hour had a wrong signature. Somebody forges them, which harms no user, or an OP publishes wrong keys, and all its users who sign out stay signed in.',
    },
  ];
}

function queueAlarms({
  service,
  functions,
  deferredLogouts,
  interruptedLogoutsGivenUp,
  eventsGivenUp,
}: Monitored): readonly ReceiverAlarm[] {
  const tried = (metricName: string) => ({
    metric: receiverMetric(service, metricName, { period: TRIES_APART, statistic: Stats.MAXIMUM }),
    threshold: OLD_SECONDS,
  });
  // SQS leaves out of this metric what was received three times, so it rises only while nobody receives.
  const taken = (queue: IQueue) => ({
    metric: queue.metricApproximateAgeOfOldestMessage({ period: FIVE_MINUTES, statistic: Stats.MAXIMUM }),
    threshold: OLD_SECONDS,
  });
  const holdsAny = (queue: IQueue) => ({
    metric: queue.metricApproximateNumberOfMessagesVisible({ period: FIVE_MINUTES, statistic: Stats.MAXIMUM }),
    // SQS tells nothing of a queue that nobody has touched for hours: what is in it is in it still.
    missing: TreatMissingData.IGNORE,
  });
  return [
    {
      id: 'DeferredLogoutsOld',
      ...tried('DeferredLogoutAge'),
      notices:
        'A verified logout was received 15 minutes ago or earlier, and tries to finish it still fail: its user is signed in meanwhile.',
    },
    {
      id: 'UnverifiedLogoutsOld',
      ...tried('UnverifiedLogoutAge'),
      notices:
        'A logout that could not be verified was received 15 minutes ago or earlier, and tries still fail: its user is signed in meanwhile. Or its token is forged, which harms no user.',
    },
    {
      id: 'DeferredLogoutsNotTaken',
      ...taken(deferredLogouts.queue),
      notices:
        'Nothing takes deferred logouts from their queue for 15 minutes, so they are not even tried: their users are signed in meanwhile.',
    },
    {
      id: 'UnverifiedLogoutsNotTaken',
      ...taken(deferredLogouts.unverifiedQueue),
      notices:
        'Nothing takes unverified logouts from their queue for 15 minutes, so they are not even tried: their users are signed in meanwhile.',
    },
    {
      id: 'DeadLetters',
      ...holdsAny(deferredLogouts.deadLetterQueue),
      notices: 'A logout was tried for a day and is not done: its user is still signed in.',
    },
    {
      id: 'UnverifiedDeadLetters',
      ...holdsAny(deferredLogouts.unverifiedDeadLetterQueue),
      notices: `A logout token could not be verified for a day: it is forged, or the OP no longer publishes its key and a user is still signed in.${
        functions.frontchannelLogout ? ' Or a front-channel logout could not be completed for a day.' : ''
      }`,
    },
    {
      id: 'InterruptedLogoutsGivenUp',
      ...holdsAny(interruptedLogoutsGivenUp),
      notices:
        'Logouts that were begun could be neither finished nor kept for hours: users may still be signed in, and the stream forgets which after a day.',
    },
    ...(eventsGivenUp
      ? [
          {
            id: 'EventsGivenUp',
            ...holdsAny(eventsGivenUp),
            notices:
              'Ends of sessions could not be published for an hour: applications were not told. The sessions have ended.',
          },
        ]
      : []),
  ];
}

function streamAlarms({ functions }: Monitored): readonly ReceiverAlarm[] {
  const behind = (reader: IFunction) => ({
    metric: reader.metric('IteratorAge', { period: FIVE_MINUTES, statistic: Stats.MAXIMUM }),
    threshold: BEHIND_MILLISECONDS,
  });
  return [
    {
      id: 'InterruptedLogoutStreamBehind',
      ...behind(functions.interruptedLogout.function),
      notices:
        'The function that finishes logouts which died half-way is ten minutes behind the stream of the sessions table: their users may be signed in so long. Given up after six hours.',
    },
    ...(functions.sessionEnded
      ? [
          {
            id: 'SessionEndedStreamBehind',
            ...behind(functions.sessionEnded.function),
            notices:
              'Ends of sessions are published ten minutes late or later: applications go on showing what is over. Given up after an hour. The sessions have ended.',
          },
        ]
      : []),
  ];
}

function tableAlarms({ sessionsTable, jwksCacheTable }: Monitored): readonly ReceiverAlarm[] {
  const sessions = new TableMetrics('sessions', sessionsTable.tableName);
  const jwksCache = new TableMetrics('jwksCache', jwksCacheTable.tableName);
  return [
    {
      id: 'SessionsTableThrottles',
      metric: sessions.throttles,
      ...SUSTAINED,
      notices:
        'DynamoDB throttles the sessions table: users wait at the applications or cannot sign in, and logouts are deferred.',
    },
    {
      id: 'SessionsTableSystemErrors',
      metric: sessions.systemErrors([...END_SESSIONS, 'dynamodb:DeleteItem']),
      ...SUSTAINED,
      notices:
        'DynamoDB itself fails at the sessions table: users may not be able to sign in, and logouts are deferred.',
    },
    {
      id: 'JwksCacheTableThrottles',
      metric: jwksCache.throttles,
      ...SUSTAINED,
      notices:
        'DynamoDB throttles the JWKS cache table. Users notice nothing yet: instances go on with the keys that they know, and ask issuers more often.',
    },
    {
      id: 'JwksCacheTableSystemErrors',
      metric: jwksCache.systemErrors(['dynamodb:GetItem', 'dynamodb:UpdateItem']),
      ...SUSTAINED,
      notices:
        'DynamoDB itself fails at the JWKS cache table. Users notice nothing yet: instances go on with the keys that they know, and ask issuers more often.',
    },
  ];
}

function keyAlarms({ service }: Monitored): readonly ReceiverAlarm[] {
  const age = (statistic: string, period: Duration): Metric =>
    receiverMetric(service, 'JwksAgeInIntervals', { statistic, period });
  return [
    {
      id: 'OldKeys',
      // Long enough for a run to be in it always.
      metric: age(Stats.MAXIMUM, Duration.minutes(10)),
      threshold: 2,
      comparison: ComparisonOperator.GREATER_THAN_THRESHOLD,
      notices:
        'The keys of an issuer are more than twice as old as they should get: it cannot be reached. Users notice nothing until they are too old; then logouts are deferred.',
    },
    {
      id: 'RefreshSilent',
      metric: age(Stats.SAMPLE_COUNT, Duration.minutes(15)),
      comparison: ComparisonOperator.LESS_THAN_THRESHOLD,
      missing: TreatMissingData.BREACHING,
      notices:
        'Nothing has been heard of the scheduled refresh of keys for 15 minutes. Users notice nothing yet: requests fetch keys by themselves, and take longer.',
    },
  ];
}

function noLogouts({ service }: Monitored, days: number): ReceiverAlarm {
  return {
    id: 'NoLogouts',
    metric: receiverMetric(service, 'LogoutAccepted', { period: Duration.days(1) }),
    periods: days,
    comparison: ComparisonOperator.LESS_THAN_THRESHOLD,
    missing: TreatMissingData.BREACHING,
    notices: `Not one logout was accepted in ${days === 1 ? 'a day' : `${days} days`}. Nobody has signed out, or the OP does not reach the endpoint: then all who sign out at it stay signed in.`,
  };
}
