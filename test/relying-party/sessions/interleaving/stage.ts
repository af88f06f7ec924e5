import { randomUUID } from 'node:crypto';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { expect } from 'vitest';
import { DecryptionKeySource } from '../../../../receiver/logout/decryption-keys.ts';
import { SecretSource } from '../../../../receiver/secrets/secret-source.ts';
import { signedToken } from '../../../issuer.ts';
import { newKeySource } from '../../../key-source.ts';
import { indexOf } from '../../../relying-parties-index.ts';
import { newTable } from '../../../tables.ts';
import { letActorsWait } from './actor.ts';
import { compareWithModel, modelClient } from './modelled-client.ts';
import { begin, type Scenario } from './scenarios.ts';
import type { Play } from './schedules.ts';
import { World } from './world.ts';

/** Where scenarios are played. */
export interface Stage {
  /** On a model of the table that is new and the same each time. */
  onModel(scenario: Scenario): Promise<Play>;
  /** On the run's DynamoDB engine, whose every answer is compared with the model's. */
  onEngine(scenario: Scenario): Promise<Play>;
}

export async function openStage(): Promise<Stage> {
  const issuer = 'https://op.example.com';
  const clientSecret = randomUUID();
  const signed = {
    ...{ issuer, algorithms: ['HS256'], clientSecret: { secretId: 'secret' } },
    ...{ sidAllowanceSeconds: 0, subAllowanceSeconds: 0 },
  };
  const relyingParties = indexOf(['shop', 'forum'].map((clientId) => ({ ...signed, clientId })));
  const secrets = new SecretSource(async () => clientSecret);
  const decryptionKeys = new DecryptionKeySource(secrets);
  const keys = await newKeySource();
  const engine = await newTable('sessions');
  letActorsWait(engine.client);
  compareWithModel(engine.client);
  const model = modelClient();
  letActorsWait(model.client);

  const play = async (scenario: Scenario, client: DynamoDBDocumentClient, schedule: string): Promise<Play> => {
    const sessionsTable = { client, tableName: engine.tableName };
    const world = new World({
      issuer,
      parts: { relyingParties, keys, secrets, decryptionKeys, sessionsTable },
      sign: (claims) => signedToken(claims, { alg: 'HS256' }, new TextEncoder().encode(clientSecret)),
      allowances: { sid: 0, sub: 0 },
      schedule,
    });
    const actors = await begin(scenario, world);
    return {
      actors,
      watch: () => world.watch(),
      check: async (order) => {
        // What is only sent twice must not fail.
        const mayFail = scenario.fault && !['come again', 'answer the second'].includes(scenario.fault.fate);
        const failed = actors.find(
          ({ name, failure }) => failure !== undefined && !(mayFail && name === scenario.fault?.of),
        );
        if (failed) {
          throw new Error(`${failed.name} failed after\n${order.join('\n')}`, { cause: failed.failure });
        }
        await world.check();
        expect(world.violations, order.join('\n')).toEqual([]);
      },
    };
  };
  return {
    async onModel(scenario) {
      model.renew(scenario.pageSize ?? Number.POSITIVE_INFINITY);
      return await play(scenario, model.client, 'this schedule');
    },
    onEngine: (scenario) => play(scenario, engine.client, randomUUID()),
  };
}
