import { Match, type Template } from 'aws-cdk-lib/assertions';
import { beforeAll, describe, expect, it } from 'vitest';
import { receiverStacks } from './receiver-stacks.ts';

const templateOf = (frontchannelLogout: boolean) => receiverStacks({ frontchannelLogout }).template();

let without: Template;
let template: Template;

beforeAll(() => {
  [without, template] = [templateOf(false), templateOf(true)];
});

/** Logical ids of what only the template with front-channel logout has. */
function additions(): string[] {
  const ids = Object.keys(without.toJSON().Resources);
  return Object.keys(template.toJSON().Resources).filter((id) => !ids.includes(id));
}

describe('front-channel logout', () => {
  // That it is off by default: stacks.test.ts has what is there then.
  it('leaves nothing in the template where it is off', () => {
    expect(JSON.stringify(without.toJSON())).not.toMatch(/front-?channel/i);
  });

  it('adds a function, its route and its log to the template, and changes nothing but settings of the route', () => {
    const types = additions().map((id) => template.toJSON().Resources[id].Type);
    expect(types.sort()).toEqual([
      'AWS::ApiGatewayV2::Integration',
      'AWS::ApiGatewayV2::Route',
      'AWS::IAM::Policy',
      'AWS::IAM::Role',
      'AWS::Lambda::Function',
      'AWS::Lambda::Permission',
      'AWS::Logs::LogGroup',
    ]);
    const { Resources, Outputs } = without.toJSON();
    expect(template.toJSON()).toMatchObject({ Resources, Outputs });
  });

  it('has a route for GET alone, named by an output, throttled below the back channel', () => {
    template.hasResourceProperties('AWS::ApiGatewayV2::Route', {
      RouteKey: 'GET /frontchannel-logout',
      AuthorizationType: 'NONE',
    });
    template.hasResource('AWS::ApiGatewayV2::Stage', {
      Properties: {
        DefaultRouteSettings: { ThrottlingRateLimit: 500, ThrottlingBurstLimit: 1000 },
        RouteSettings: {
          'GET /frontchannel-logout': {
            ThrottlingRateLimit: 50,
            ThrottlingBurstLimit: 100,
            DetailedMetricsEnabled: true,
          },
        },
      },
      // CloudFormation refuses settings of a route that is not there yet.
      DependsOn: Match.arrayWith([Match.stringLikeRegexp('^ApiGETfrontchannellogout[0-9A-F]{8}$')]),
    });
    const [output] = Object.values(template.findOutputs('FrontchannelLogoutUri'));
    expect(JSON.stringify(output)).toMatch(/\/frontchannel-logout"/);
  });

  it('has no query in the access log, which would hold each sid', () => {
    const [stage] = Object.values(template.findResources('AWS::ApiGatewayV2::Stage'));
    const { AccessLogSettings } = stage?.Properties ?? {};
    const format: Record<string, string> = JSON.parse(AccessLogSettings.Format);
    // Those that have the query in them, by themselves or with the path or the request line.
    expect(Object.values(format).join()).not.toMatch(/query|path|requestLine|overrid|\.request\b|header|body|uri/i);
    expect(Object.values(format)).toContain('$context.routeKey');
  });

  it('is answered by a function that may end sessions, keep what is unfinished, and nothing else', () => {
    const policies = template.findResources('AWS::IAM::Policy', {
      Properties: { PolicyName: Match.stringLikeRegexp('^FrontchannelLogout') },
    });
    const statements = Object.values(policies).flatMap(({ Properties }) => Properties.PolicyDocument.Statement);
    expect(statements.flatMap(({ Action }: { Action: string[] }) => Action).sort()).toEqual([
      'dynamodb:BatchWriteItem',
      'dynamodb:GetItem',
      'dynamodb:Query',
      'dynamodb:UpdateItem',
      'kms:Decrypt',
      'kms:GenerateDataKey',
      'logs:CreateLogStream',
      'logs:PutLogEvents',
      'sqs:SendMessage',
    ]);
    expect(JSON.stringify(statements.map(({ Resource }) => Resource))).not.toMatch(/\*|JwksCache/);
    const [send] = statements.filter(({ Action }) => Action === 'sqs:SendMessage');
    expect(JSON.stringify(send.Resource)).toContain('DeferredLogoutsUnverifiedQueue');
    const [handler] = additions().filter((id) => template.toJSON().Resources[id].Type === 'AWS::Lambda::Function');
    const { Environment, Timeout } = template.toJSON().Resources[handler ?? ''].Properties;
    expect(Timeout).toBe(10);
    expect(Object.keys(Environment.Variables).sort()).toEqual([
      'DEFERRED_LOGOUT_DELAY_SECONDS',
      'POWERTOOLS_METRICS_NAMESPACE',
      'POWERTOOLS_SERVICE_NAME',
      'RELYING_PARTIES_FILE',
      'SESSIONS_TABLE_NAME',
      'UNVERIFIED_LOGOUT_QUEUE_URL',
    ]);
  });
});
