import { Duration } from 'aws-cdk-lib';
import { EventBus } from 'aws-cdk-lib/aws-events';
import { FilterCriteria, FilterRule, StartingPosition } from 'aws-cdk-lib/aws-lambda';
import { DynamoEventSource, SqsDlq } from 'aws-cdk-lib/aws-lambda-event-sources';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { SessionsTable } from '../sessions-table.ts';
import type { FunctionSettings } from './function-settings.ts';
import { GivenUpQueue } from './given-up-queue.ts';
import { ReceiverFunction } from './receiver-function.ts';

export interface SessionEndedEventsProps {
  readonly settings: FunctionSettings;
  readonly sessions: SessionsTable;
}

const SESSION_KEY = { sk: { S: FilterRule.isEqual('SESSION') } };
const NO_END = { endedAt: { N: FilterRule.notExists() } };

/** Publishes the end of each session on an event bus of its own, so that rules for it see nothing else. */
export class SessionEndedEvents extends Construct {
  readonly handler: ReceiverFunction;
  readonly eventBus: EventBus;
  readonly givenUpQueue: Queue;

  constructor(scope: Construct, id: string, { settings, sessions }: SessionEndedEventsProps) {
    super(scope, id);
    this.givenUpQueue = new GivenUpQueue(this, 'EventsGivenUp', {
      alarmDescription:
        'Ends of sessions could not be published for an hour: applications were not told. See docs/operating.md, Session-ended events.',
    }).queue;
    this.eventBus = new EventBus(this, 'EventBus', { description: 'Ends of sessions of relying parties' });
    this.handler = new ReceiverFunction(this, 'Function', {
      settings,
      folder: 'session-ended',
      description: 'Publishes the end of each session on the event bus',
      timeout: Duration.seconds(60),
      environment: { EVENT_BUS_NAME: this.eventBus.eventBusName },
    });
    this.eventBus.grantPutEventsTo(this.handler.role);
    this.handler.function.addEventSource(
      new DynamoEventSource(sessions.table, {
        // Nobody has waited for what ended before this was turned on.
        startingPosition: StartingPosition.LATEST,
        batchSize: 100,
        reportBatchItemFailures: true,
        bisectBatchOnError: true,
        // Later than that it helps nobody, and it must not hold up the others for the day that the stream remembers.
        maxRecordAge: Duration.hours(1),
        onFailure: new SqsDlq(this.givenUpQueue),
        filters: [
          // An end that was written over a session, and a session that is gone without one. Saves are many, and so are
          // the ends that expire: they must not invoke the function.
          FilterCriteria.filter({
            eventName: FilterRule.isEqual('MODIFY'),
            dynamodb: { Keys: SESSION_KEY, NewImage: { endedAt: { N: FilterRule.exists() } }, OldImage: NO_END },
          }),
          FilterCriteria.filter({
            eventName: FilterRule.isEqual('REMOVE'),
            dynamodb: { Keys: SESSION_KEY, OldImage: NO_END },
          }),
        ],
      }),
    );
  }
}
