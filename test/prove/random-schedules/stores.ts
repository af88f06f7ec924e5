import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { ExpressSessionStore, type IdentityOf } from '../../../relying-party/express-session/index.ts';
import { SessionStore } from '../../../relying-party/sessions/index.ts';
import type { SessionsTable } from '../../../relying-party/sessions/sessions-table.ts';
import type { Play } from './play.ts';

/** The library's stores, all on one table. */
export class Stores {
  readonly plain: SessionStore;
  /** Of two processes: each knows the objects that it has read itself. */
  readonly express: readonly ExpressSessionStore[];
  readonly table: SessionsTable;

  constructor(play: Play, identityOf: IdentityOf) {
    this.table = { client: clientOf(play), tableName: 'sessions' };
    this.plain = new SessionStore(this.table);
    this.express = [0, 1].map(() => new ExpressSessionStore({ ...this.table, identityOf }));
  }

  capped(maxSessionsPerSubject: number): SessionStore {
    return new SessionStore({ ...this.table, maxSessionsPerSubject });
  }
}

const NAMES: Readonly<Record<string, string>> = {
  GetCommand: 'GetItem',
  PutCommand: 'PutItem',
  UpdateCommand: 'UpdateItem',
  DeleteCommand: 'DeleteItem',
  QueryCommand: 'Query',
  BatchGetCommand: 'BatchGetItem',
  BatchWriteCommand: 'BatchWriteItem',
};

let told: Play | undefined;

/**
 * One client for all schedules: only one is played at a time. It goes past the middleware of the AWS SDK, which costs
 * more than all the rest.
 */
export const TOLD_CLIENT = DynamoDBDocumentClient.from(new DynamoDBClient({ region: 'us-east-1' }));
Object.defineProperty(TOLD_CLIENT, 'send', {
  value: async (command: { readonly input: unknown }) => {
    const { name } = command.constructor;
    return await told?.carryOut(NAMES[name] ?? name, command.input);
  },
});

function clientOf(play: Play): DynamoDBDocumentClient {
  told = play;
  return TOLD_CLIENT;
}
