import { Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import {
  AttributeType,
  type ITable,
  StreamViewType,
  Table,
  TableEncryptionV2,
  TableV2,
} from 'aws-cdk-lib/aws-dynamodb';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { type IKey, Key } from 'aws-cdk-lib/aws-kms';
import { beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { LogoutReceiver } from '../../../infra/logout-receiver.ts';
import { SessionsTable } from '../../../infra/sessions-table.ts';
import { newApp, relyingParties } from '../../infra/receiver-stacks.ts';

const everything = { relyingParties, sessionEndedEvents: true, frontchannelLogout: true };
const newRole = (stack: Stack, id: string) =>
  new Role(stack, id, { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
const listOf = z.union([
  z.array(z.string()),
  z.pipe(
    z.string(),
    z.transform((one) => [one]),
  ),
]);
const Statements = z.array(z.looseObject({ Action: listOf, Resource: z.unknown() }));

/** What each role may do with the key, by the beginning of its policy's id. */
function actionsOnKey(template: Template, keyArn: unknown): Record<string, string[]> {
  const policies = Object.entries(template.findResources('AWS::IAM::Policy'));
  return Object.fromEntries(
    policies.flatMap(([id, { Properties }]) => {
      const statements = Statements.parse(Properties.PolicyDocument.Statement);
      const onKey = statements.filter(({ Resource }) => JSON.stringify(Resource) === JSON.stringify(keyArn));
      const name = id.replace(/(Function)?(Role)?DefaultPolicy.*$/, '');
      return onKey.length === 0 ? [] : [[name, onKey.flatMap(({ Action }) => Action)]];
    }),
  );
}

const WRITES_TO_QUEUE = ['kms:Decrypt', 'kms:GenerateDataKey'];
/** The CDK adds DescribeKey for whoever reads a stream. */
const READS_STREAM_TOO = ['kms:Decrypt', 'kms:DescribeKey', 'kms:GenerateDataKey'];

describe('a receiver with a key', () => {
  let stack: Stack;
  let template: Template;
  let keyArn: unknown;

  beforeAll(() => {
    stack = new Stack(newApp(), 'Shop');
    const encryptionKey = new Key(stack, 'Key');
    keyArn = stack.resolve(encryptionKey.keyArn);
    const { sessions } = new LogoutReceiver(stack, 'Logout', { ...everything, encryptionKey });
    sessions.grantReadWrite(newRole(stack, 'Application'));
    sessions.grantCheck(newRole(stack, 'Checking'));
    template = Template.fromStack(stack);
  });

  const properties = (type: string) => Object.values(template.findResources(type)).map(({ Properties }) => Properties);

  it('stores nothing without it, and makes no other', () => {
    expect(properties('AWS::KMS::Key')).toHaveLength(1);
    expect(properties('AWS::SQS::Queue').map(({ KmsMasterKeyId }) => KmsMasterKeyId)).toEqual(Array(6).fill(keyArn));
    expect(properties('AWS::Logs::LogGroup').map(({ KmsKeyId }) => KmsKeyId)).toEqual(Array(7).fill(keyArn));
    expect(properties('AWS::DynamoDB::GlobalTable')).toMatchObject(
      Array(2).fill({
        SSESpecification: { SSEEnabled: true, SSEType: 'KMS' },
        Replicas: [{ SSESpecification: { KMSMasterKeyId: keyArn } }],
      }),
    );
  });

  it('lets each role do with it exactly what DynamoDB and SQS do in its name', () => {
    expect(actionsOnKey(template, keyArn)).toEqual({
      LogoutBackchannelLogout: WRITES_TO_QUEUE,
      LogoutDeferredLogout: WRITES_TO_QUEUE,
      LogoutFrontchannelLogout: WRITES_TO_QUEUE,
      LogoutInterruptedLogout: READS_STREAM_TOO,
      LogoutJwksRefresh: ['kms:Decrypt'],
      LogoutSessionEndedEvents: READS_STREAM_TOO,
      Application: ['kms:Decrypt'],
      Checking: ['kms:Decrypt'],
    });
  });

  it('lets CloudWatch Logs use it for log groups of the account and region', () => {
    const place = [':logs:', { Ref: 'AWS::Region' }, ':', { Ref: 'AWS::AccountId' }, ':log-group:*'];
    const [key] = properties('AWS::KMS::Key');
    expect(key?.KeyPolicy.Statement.slice(1)).toEqual([
      {
        Effect: 'Allow',
        Principal: { Service: { 'Fn::Join': ['', ['logs.', { Ref: 'AWS::Region' }, '.', { Ref: 'AWS::URLSuffix' }]] } },
        Action: ['Decrypt', 'DescribeKey', 'Encrypt', 'GenerateDataKey*', 'ReEncrypt*'].map(
          (action) => `kms:${action}`,
        ),
        Resource: '*',
        Condition: {
          ArnLike: {
            'kms:EncryptionContext:aws:logs:arn': { 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ...place]] },
          },
        },
      },
    ]);
  });
});

const IMPORTED_KEY = 'arn:aws:kms:eu-west-1:123456789012:key/11111111-2222-3333-4444-555555555555';

describe('a receiver with an imported key', () => {
  it('warns of the statement that its policy needs, and grants to roles what it can', () => {
    const env = { account: '123456789012', region: 'eu-west-1' };
    const stack = new Stack(newApp(), 'Shop', { env });
    const encryptionKey = Key.fromKeyArn(stack, 'Key', IMPORTED_KEY);
    new LogoutReceiver(stack, 'Logout', { relyingParties, encryptionKey });
    const said = Annotations.fromStack(stack).findWarning('/Shop/Logout', Match.anyValue());
    expect(said.map(({ entry }) => entry.data)).toEqual([
      expect.stringMatching(
        /^encryptionKey: it is imported, .*"kms:EncryptionContext:aws:logs:arn":"arn:aws:logs:eu-west-1:123456789012:log-group:\*".*"Service":"logs\.eu-west-1\.amazonaws\.com"/,
      ),
    ]);
    expect(actionsOnKey(Template.fromStack(stack), IMPORTED_KEY)).toEqual({
      LogoutBackchannelLogout: WRITES_TO_QUEUE,
      LogoutDeferredLogout: WRITES_TO_QUEUE,
      LogoutInterruptedLogout: READS_STREAM_TOO,
      LogoutJwksRefresh: ['kms:Decrypt'],
    });
  });
});

const fitting = {
  partitionKey: { name: 'pk', type: AttributeType.STRING },
  sortKey: { name: 'sk', type: AttributeType.STRING },
  timeToLiveAttribute: 'expiresAt',
};
const stream = StreamViewType.NEW_AND_OLD_IMAGES;
const index = { indexName: 'index', partitionKey: { name: 'user', type: AttributeType.STRING } };
const tableArn = 'arn:aws:dynamodb:eu-west-1:123456789012:table/sessions';
const imported = { tableArn, tableStreamArn: `${tableArn}/stream/2026-11-27T00:00:00.000`, globalIndexes: ['index'] };

/** Each has an index too, which nobody needs anything on. */
const TABLES: [string, (stack: Stack, encryptionKey: IKey) => ITable][] = [
  [
    'TableV2',
    (stack, key) =>
      new TableV2(stack, 'Table', {
        ...fitting,
        dynamoStream: stream,
        globalSecondaryIndexes: [index],
        encryption: TableEncryptionV2.customerManagedKey(key),
      }),
  ],
  [
    'Table',
    (stack, encryptionKey) => {
      const table = new Table(stack, 'Table', { ...fitting, stream, encryptionKey });
      table.addGlobalSecondaryIndex(index);
      return table;
    },
  ],
  [
    'imported TableV2',
    (stack, encryptionKey) => TableV2.fromTableAttributes(stack, 'Table', { ...imported, encryptionKey }),
  ],
  [
    'imported Table',
    (stack, encryptionKey) => Table.fromTableAttributes(stack, 'Table', { ...imported, encryptionKey }),
  ],
];

describe.each(TABLES)('a %s with a key of its own', (_type, make) => {
  it('lets who reads and writes decrypt, on the table itself and on none of its indexes', () => {
    const stack = new Stack(newApp(), 'Tables', { env: { region: 'eu-west-1' } });
    const key = new Key(stack, 'Key');
    const sessions = new SessionsTable(stack, 'Sessions', { table: make(stack, key) });
    sessions.grantReadWrite(newRole(stack, 'Application'));
    sessions.grantCheck(newRole(stack, 'Checking'));
    const template = Template.fromStack(stack);
    const decrypting = { Application: ['kms:Decrypt'], Checking: ['kms:Decrypt'] };
    expect(actionsOnKey(template, stack.resolve(key.keyArn))).toEqual(decrypting);
    expect(Object.keys(actionsOnKey(template, stack.resolve(sessions.table.tableArn)))).toEqual(
      Object.keys(decrypting),
    );
    expect(JSON.stringify(template.findResources('AWS::IAM::Policy'))).not.toContain('index');
  });
});

describe('a key cannot be given', () => {
  it.each<[string, (stack: Stack) => object, string]>([
    [
      'with a table that is there, which has its own',
      (stack) => ({ table: TableV2.fromTableAttributes(stack, 'Table', imported) }),
      'found table and encryptionKey, allowed: one of them',
    ],
    [
      'with replicas, which need one in each region',
      () => ({ replicaRegions: ['eu-central-1'] }),
      'found replicaRegions and encryptionKey, allowed: one of them, since a replica needs a key of its own region',
    ],
  ])('%s', (_what, props, message) => {
    const stack = new Stack(newApp(), 'Tables', { env: { region: 'eu-west-1' } });
    const make = () => new SessionsTable(stack, 'Sessions', { ...props(stack), encryptionKey: new Key(stack, 'Key') });
    expect(make).toThrow(`Tables/Sessions: ${message}`);
  });
});
