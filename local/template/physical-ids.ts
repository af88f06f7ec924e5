import { createHash } from 'node:crypto';
import { localAccount } from '../local-account.ts';
import { deployedQueueUrl } from './queue-urls.ts';

/** What `Ref` and `Fn::GetAtt` give for a resource once it is deployed. */
export interface PhysicalIds {
  readonly ref: string;
  readonly attributes: Readonly<Record<string, string>>;
}

interface ResourceKind {
  /** The property that names the resource. Without it, or without a value, CloudFormation makes up a name. */
  readonly nameProperty?: string;
  readonly identify: (name: string) => PhysicalIds;
}

/** Of every stream: when it was made, which nobody can know before. */
const STREAM_LABEL = '2000-01-01T00:00:00.000';

const table: ResourceKind = {
  nameProperty: 'TableName',
  identify: (name) => {
    const Arn = arn('dynamodb', `table/${name}`);
    return { ref: name, attributes: { Arn, StreamArn: `${Arn}/stream/${STREAM_LABEL}` } };
  },
};

const resourceKinds: Readonly<Record<string, ResourceKind>> = {
  'AWS::DynamoDB::GlobalTable': table,
  'AWS::DynamoDB::Table': table,
  'AWS::Events::EventBus': {
    nameProperty: 'Name',
    identify: (name) => ({ ref: name, attributes: { Arn: arn('events', `event-bus/${name}`), Name: name } }),
  },
  'AWS::IAM::Role': {
    nameProperty: 'RoleName',
    identify: (name) => ({ ref: name, attributes: { Arn: `arn:aws:iam::${localAccount.id}:role/${name}` } }),
  },
  'AWS::KMS::Key': {
    identify: (name) => ({ ref: name, attributes: { Arn: arn('kms', `key/${name}`), KeyId: name } }),
  },
  'AWS::Lambda::Function': {
    nameProperty: 'FunctionName',
    identify: (name) => ({ ref: name, attributes: { Arn: arn('lambda', `function:${name}`) } }),
  },
  'AWS::Lambda::EventSourceMapping': {
    identify: (name) => ({ ref: shortId(name), attributes: { Id: shortId(name) } }),
  },
  'AWS::Logs::LogGroup': {
    nameProperty: 'LogGroupName',
    identify: (name) => ({ ref: name, attributes: { Arn: arn('logs', `log-group:${name}:*`) } }),
  },
  'AWS::Scheduler::Schedule': {
    nameProperty: 'Name',
    identify: (name) => ({ ref: name, attributes: { Arn: arn('scheduler', `schedule/default/${name}`) } }),
  },
  'AWS::SQS::Queue': {
    nameProperty: 'QueueName',
    identify: (name) => {
      const QueueUrl = deployedQueueUrl(name);
      return { ref: QueueUrl, attributes: { Arn: arn('sqs', name), QueueName: name, QueueUrl } };
    },
  },
  'AWS::ApiGatewayV2::Api': {
    identify: (name) => {
      const id = shortId(name);
      const ApiEndpoint = `https://${id}.execute-api.${localAccount.region}.${localAccount.urlSuffix}`;
      return { ref: id, attributes: { ApiId: id, ApiEndpoint } };
    },
  },
  'AWS::ApiGatewayV2::Integration': {
    identify: (name) => ({ ref: shortId(name), attributes: { IntegrationId: shortId(name) } }),
  },
  'AWS::ApiGatewayV2::Route': {
    identify: (name) => ({ ref: shortId(name), attributes: { RouteId: shortId(name) } }),
  },
  'AWS::ApiGatewayV2::Stage': {
    nameProperty: 'StageName',
    identify: (name) => ({ ref: name, attributes: {} }),
  },
};

/** The property that names resources of this type; undefined where there is none or the type is not known here. */
export function nameProperty(type: string): string | undefined {
  return resourceKinds[type]?.nameProperty;
}

/**
 * What identifies a resource in the local account; undefined for types that the local run does not know.
 *
 * @param name the resource's own, or the one made up for it
 */
export function physicalIds(type: string, name: string): PhysicalIds | undefined {
  return resourceKinds[type]?.identify(name);
}

function arn(service: string, resource: string): string {
  return ['arn', localAccount.partition, service, localAccount.region, localAccount.id, resource].join(':');
}

/** API Gateway's ids are ten letters and digits. */
function shortId(name: string): string {
  return createHash('sha256').update(name).digest('hex').slice(0, 10);
}
