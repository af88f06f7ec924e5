import { Duration } from 'aws-cdk-lib';
import { Stats } from 'aws-cdk-lib/aws-cloudwatch';
import type { ReceiverFunction } from '../constructs/receiver-function.ts';
import type { LogoutReceiverFunctions } from '../logout-receiver.ts';
import { type ReceiverAlarm, SUSTAINED } from './receiver-alarm.ts';

/** What a user notices of a function that fails or is throttled. */
interface FunctionFailure {
  /** Whether nothing tries again: then one is enough. */
  readonly isFinal: boolean;
  readonly errors: string;
  readonly throttles: string;
}

/** One for each function that there can be. */
const FAILURES = new Map<keyof LogoutReceiverFunctions, FunctionFailure>([
  [
    'backchannelLogout',
    {
      isFinal: true,
      errors:
        'The function that answers OPs failed or ran out of time: its logout was answered with 500, and unless it had claimed the jti, its user is still signed in.',
      throttles:
        'Lambda turned logouts away, since all concurrency is used: they were answered with 503, and their users are still signed in unless the OP sends again.',
    },
  ],
  [
    'frontchannelLogout',
    {
      isFinal: true,
      errors:
        'The function that answers browsers failed or ran out of time: unless its logout was claimed, that user is still signed in.',
      throttles:
        'Lambda turned front-channel logouts away, since all concurrency is used: browsers come once, so their users are still signed in.',
    },
  ],
  [
    'deferredLogout',
    {
      isFinal: false,
      errors:
        'The function that finishes deferred logouts fails again and again: users whose logout was deferred stay signed in meanwhile.',
      throttles:
        'Lambda throttles the function that finishes deferred logouts: users whose logout was deferred stay signed in meanwhile.',
    },
  ],
  [
    'interruptedLogout',
    {
      isFinal: false,
      errors:
        'The function that finishes logouts which died half-way fails again and again: their users may stay signed in meanwhile.',
      throttles:
        'Lambda throttles the function that finishes logouts which died half-way: their users may stay signed in meanwhile.',
    },
  ],
  [
    'jwksRefresh',
    {
      isFinal: false,
      errors:
        'The scheduled refresh of keys fails again and again. Users notice nothing yet: requests fetch keys by themselves, and take longer.',
      throttles:
        'Lambda throttles the scheduled refresh of keys. Users notice nothing yet: requests fetch keys by themselves, and take longer.',
    },
  ],
  [
    'sessionEnded',
    {
      isFinal: false,
      errors:
        'The function that publishes ends of sessions fails again and again: applications hear late of them. Sessions end all the same.',
      throttles:
        'Lambda throttles the function that publishes ends of sessions: applications hear late of them. Sessions end all the same.',
    },
  ],
  [
    'relyingPartiesValidator',
    {
      isFinal: false,
      errors:
        'The validator of relying parties fails again and again: AppConfig deploys none of them. Users notice nothing, since what is deployed goes on. A refused configuration counts as an error too.',
      throttles:
        'Lambda throttles the validator of relying parties: AppConfig deploys none of them. Users notice nothing, since what is deployed goes on.',
    },
  ],
]);

/** The functions that there are, by what their alarms are called. */
export function deployedFunctions(
  functions: LogoutReceiverFunctions,
): readonly (readonly [name: string, deployed: ReceiverFunction, failure: FunctionFailure])[] {
  return [...FAILURES].flatMap(([name, failure]) => {
    const deployed = functions[name];
    return deployed ? [[`${name.charAt(0).toUpperCase()}${name.slice(1)}`, deployed, failure] as const] : [];
  });
}

/** Errors and throttles of every function. */
export function functionAlarms(functions: LogoutReceiverFunctions): readonly ReceiverAlarm[] {
  const options = { period: Duration.minutes(5), statistic: Stats.SUM };
  return deployedFunctions(functions).flatMap(([name, deployed, { isFinal, errors, throttles }]) => {
    const window = isFinal ? {} : SUSTAINED;
    return [
      { id: `${name}Errors`, metric: deployed.function.metricErrors(options), notices: errors, ...window },
      { id: `${name}Throttles`, metric: deployed.function.metricThrottles(options), notices: throttles, ...window },
    ];
  });
}
