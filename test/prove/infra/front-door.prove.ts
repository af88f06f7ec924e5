import { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { HealthCheck, HostedZone } from 'aws-cdk-lib/aws-route53';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { beforeAll, describe, expect, it } from 'vitest';
import { EndpointType } from '../../../infra/front-door/endpoint-type.ts';
import type { FrontDoorProps } from '../../../infra/front-door/front-door-props.ts';
import { checkFrontDoor } from '../../../infra/front-door/front-door-rules.ts';
import { newFrontDoor } from '../../../infra/front-door/new-front-door.ts';
import { RegionRecord } from '../../../infra/front-door/region-record.ts';
import { newApp, type ReceiverStacks, receiverStacks } from '../../infra/receiver-stacks.ts';

const elsewhere = new Stack(newApp(), 'Elsewhere');
const certificate = Certificate.fromCertificateArn(elsewhere, 'C', 'arn:aws:acm:eu-west-1:111122223333:certificate/1');
const hostedZone = HostedZone.fromHostedZoneAttributes(elsewhere, 'Z', { hostedZoneId: 'Z1', zoneName: 'example.com' });
const trustStoreBucket = Bucket.fromBucketName(elsewhere, 'B', 'trusted');
const trustStore = { trustStoreBucket, trustStoreKey: 'op.pem', trustStoreVersion: 'v7' };
const domainName = 'logout.example.com';
const domain = { domainName, certificate };
const rest = { endpointType: EndpointType.REST_API };
const webAclArn = 'arn:aws:wafv2:eu-west-1:111122223333:regional/webacl/ours/1';

/** The front door by itself: a whole receiver takes longer to synthesize. */
function frontDoorWith(props: FrontDoorProps, hasFrontchannel = false, env = {}) {
  const stack = new Stack(newApp(), 'Receiver', { env });
  const functionArn = 'arn:aws:lambda:eu-west-1:111122223333:function:f';
  const handler = LambdaFunction.fromFunctionAttributes(stack, 'F', { functionArn, sameEnvironment: true });
  const made = newFrontDoor(stack, props, {
    ...{ apiName: 'logout-receiver', logRetention: RetentionDays.ONE_WEEK, handler, hasFrontchannel },
  });
  if (hasFrontchannel) {
    made.frontDoor.addFrontchannelLogout(handler);
  }
  return { ...made, stack, template: Template.fromStack(stack) };
}

const typesOf = (template: Template) =>
  Object.values<{ Type: string }>(template.toJSON().Resources).map(({ Type }) => Type);
const only = (template: Template, type: string) => {
  const [resource, ...others] = Object.values(template.findResources(type));
  expect(others).toEqual([]);
  return resource?.Properties;
};
const outputOf = (template: Template, name: string) => template.toJSON().Outputs[name]?.Value;
/** The fields of the access log. */
function logFields(template: Template, stageType: string, setting: string): Record<string, string> {
  return JSON.parse(only(template, stageType)[setting].Format);
}

/** Those that have the query in them, by themselves or with the path or the request line, or what the client sent. */
const LEAKS = /\.(query|path|request|requestOverride|requestLine|header|body|uri)\b|querystring/i;

describe('one name for the receivers of several regions', () => {
  const healthCheck = HealthCheck.fromHealthCheckId(elsewhere, 'H', 'health-1');

  it.each([
    ['the nearest one', RegionRecord.latency(), { Region: 'eu-west-1' }],
    ['this one first', RegionRecord.primary(healthCheck), { Failover: 'PRIMARY', HealthCheckId: 'health-1' }],
    ['this one in case', RegionRecord.secondary(), { Failover: 'SECONDARY' }],
  ])('leads to %s, by IPv4 and IPv6', (_which, regionRecord, routing) => {
    const { template } = frontDoorWith({ ...domain, hostedZone, regionRecord }, false, { region: 'eu-west-1' });
    const records = Object.values(template.findResources('AWS::Route53::RecordSet'));
    expect(records.map(({ Properties }) => Properties.Type).sort()).toEqual(['A', 'AAAA']);
    for (const { Properties } of records) {
      expect(Properties).toMatchObject({
        ...{ Name: `${domainName}.`, SetIdentifier: 'eu-west-1', ...routing },
        AliasTarget: { EvaluateTargetHealth: true },
      });
    }
  });
});

it('one name for several regions takes a stack that names its region', () => {
  expect(() => frontDoorWith({ ...domain, hostedZone, regionRecord: RegionRecord.secondary() })).toThrow(
    'regionRecord: found in a stack without a region, allowed: a stack with env.region',
  );
});

describe('a custom domain', () => {
  let stacks: ReceiverStacks;
  let template: Template;

  beforeAll(() => {
    stacks = receiverStacks({ ...domain, hostedZone, frontchannelLogout: true });
    template = stacks.template();
  });

  it('is the host of both URLs, and turns the one of API Gateway off', () => {
    const { backchannelLogoutUri, frontchannelLogoutUri } = stacks.receiver;
    expect(backchannelLogoutUri).toBe(`https://${domainName}/backchannel-logout`);
    expect(frontchannelLogoutUri).toBe(`https://${domainName}/frontchannel-logout`);
    expect(outputOf(template, 'BackchannelLogoutUri')).toBe(backchannelLogoutUri);
    expect(outputOf(template, 'FrontchannelLogoutUri')).toBe(frontchannelLogoutUri);
    expect(only(template, 'AWS::ApiGatewayV2::Api')).toMatchObject({ DisableExecuteApiEndpoint: true });
  });

  it('takes TLS 1.2 and newer, over IPv4 and IPv6, without client certificates', () => {
    expect(only(template, 'AWS::ApiGatewayV2::DomainName')).toEqual({
      DomainName: domainName,
      DomainNameConfigurations: [
        {
          CertificateArn: certificate.certificateArn,
          EndpointType: 'REGIONAL',
          IpAddressType: 'dualstack',
          SecurityPolicy: 'TLS_1_2',
        },
      ],
    });
  });

  it('leads to the stage, once that and what it needs to answer is there', () => {
    const [mapping] = Object.values(template.findResources('AWS::ApiGatewayV2::ApiMapping'));
    expect(mapping).toMatchObject({
      Properties: {
        ...{ DomainName: { Ref: expect.stringMatching(/^Domain/) }, ApiId: { Ref: 'Api9AF3637B' }, Stage: '$default' },
      },
    });
    // Else requests would be answered 500 while one API takes over from the other.
    for (const type of ['Stage', 'Route', 'Integration']) {
      const ids = Object.keys(template.findResources(`AWS::ApiGatewayV2::${type}`));
      expect(mapping?.DependsOn).toEqual(expect.arrayContaining(ids));
    }
    expect(mapping?.DependsOn.filter((id: string) => id.includes('Permission'))).toHaveLength(2);
  });

  it('has records of IPv4 and IPv6 in the hosted zone, that lead to it', () => {
    const records = Object.values(template.findResources('AWS::Route53::RecordSet'));
    expect(records.map(({ Properties }) => Properties.Type)).toEqual(['A', 'AAAA']);
    for (const { Properties } of records) {
      expect(Properties).toMatchObject({
        ...{ Name: `${domainName}.`, HostedZoneId: 'Z1' },
        AliasTarget: {
          DNSName: { 'Fn::GetAtt': [expect.stringMatching(/^Domain/), 'RegionalDomainName'] },
          HostedZoneId: { 'Fn::GetAtt': [expect.stringMatching(/^Domain/), 'RegionalHostedZoneId'] },
        },
      });
    }
  });

  it('has an output to point it at, but where the records are made', () => {
    expect(outputOf(template, 'CustomDomainTarget')).toBeUndefined();
    const { receiver, template: withoutZone } = receiverStacks(domain);
    expect(outputOf(withoutZone(), 'CustomDomainTarget')).toEqual({
      'Fn::GetAtt': [expect.stringMatching(/^Domain/), 'RegionalDomainName'],
    });
    expect(receiver.customDomain?.name).toBeDefined();
  });

  it('shows in the access log, beside which nothing new does', () => {
    const fields = logFields(template, 'AWS::ApiGatewayV2::Stage', 'AccessLogSettings');
    expect(fields).toMatchObject({ domainName: '$context.domainName', status: '$context.status' });
    expect(Object.values(fields).join()).not.toMatch(LEAKS);
  });

  it('without a hosted zone has no records, and both URLs work where the old one is kept', () => {
    const { template, customDomain, frontDoor } = frontDoorWith({ ...domain, keepExecuteApi: 'OPs have the old URL' });
    expect(typesOf(template)).not.toContain('AWS::Route53::RecordSet');
    expect(customDomain?.domain.name).toBeDefined();
    expect(only(template, 'AWS::ApiGatewayV2::Api')).not.toHaveProperty('DisableExecuteApiEndpoint');
    expect(frontDoor.backchannelLogoutUri).toBe(`https://${domainName}/backchannel-logout`);
  });

  it('with a trust store asks clients for a certificate', () => {
    const { template } = frontDoorWith({ ...domain, ...trustStore });
    expect(only(template, 'AWS::ApiGatewayV2::DomainName').MutualTlsAuthentication).toEqual({
      TruststoreUri: 's3://trusted/op.pem',
      TruststoreVersion: 'v7',
    });
  });
});

describe('the throttle', () => {
  it.each([
    [{ throttleRateLimit: 200, throttleBurstLimit: 400 }, [200, 400], [20, 40]],
    [{ throttleRateLimit: 5000, throttleBurstLimit: 10 }, [5000, 10], [50, 1]],
  ])('%j is that of all, and leaves the front channel less', (props, [rate, burst], [frontRate, frontBurst]) => {
    expect(only(frontDoorWith(props, true).template, 'AWS::ApiGatewayV2::Stage')).toMatchObject({
      DefaultRouteSettings: { ThrottlingRateLimit: rate, ThrottlingBurstLimit: burst },
      RouteSettings: {
        'GET /frontchannel-logout': { ThrottlingRateLimit: frontRate, ThrottlingBurstLimit: frontBurst },
      },
    });
  });
});

describe('a REST API', () => {
  const allowedAddresses = ['192.0.2.0/24', '2001:db8::/48'];
  let stacks: ReceiverStacks;
  let template: Template;

  beforeAll(() => {
    stacks = receiverStacks({ ...rest, allowedAddresses, frontchannelLogout: true });
    template = stacks.template();
  });

  it('stands in place of the HTTP API, without a thing for the whole account', () => {
    const types = typesOf(template);
    expect(types.filter((type) => /ApiGatewayV2|ApiGateway::Account/.test(type))).toEqual([]);
    expect(types).toContain('AWS::ApiGateway::RestApi');
    expect(JSON.stringify(template.toJSON())).not.toContain('AmazonAPIGatewayPushToCloudWatchLogs');
    expect(only(template, 'AWS::ApiGateway::RestApi')).toMatchObject({
      Name: 'logout-receiver',
      EndpointConfiguration: { Types: ['REGIONAL'] },
    });
  });

  it('has URLs with its stage, in the outputs that an HTTP API has them in', () => {
    for (const [output, path] of [
      ['BackchannelLogoutUri', 'backchannel-logout'],
      ['FrontchannelLogoutUri', 'frontchannel-logout'],
    ] as const) {
      const [, parts] = outputOf(template, output)['Fn::Join'];
      expect(parts.at(-1)).toBe(`/${path}`);
      expect(parts.at(-2)).toEqual({ Ref: expect.stringMatching(/DeploymentStagev1/) });
    }
    expect(Object.keys(template.toJSON().Outputs).filter((name) => name.startsWith('RestApi'))).toEqual([]);
  });

  it('hands all methods of the back channel and GET of the front channel to the functions, and nobody else may', () => {
    const methods = Object.values(template.findResources('AWS::ApiGateway::Method'));
    expect(methods.map(({ Properties }) => Properties)).toEqual([
      expect.objectContaining({ HttpMethod: 'ANY', AuthorizationType: 'NONE' }),
      expect.objectContaining({ HttpMethod: 'GET', AuthorizationType: 'NONE' }),
    ]);
    expect(methods.map(({ Properties }) => Properties.Integration.Type)).toEqual(['AWS_PROXY', 'AWS_PROXY']);
    const permissions = Object.values(template.findResources('AWS::Lambda::Permission'));
    const sources = permissions
      .filter(({ Properties }) => Properties.Principal === 'apigateway.amazonaws.com')
      .map(({ Properties }) => JSON.stringify(Properties.SourceArn));
    expect(sources).toHaveLength(2);
    expect(sources.join()).not.toContain('test-invoke-stage');
  });

  it('throttles the front channel below the back channel, and writes no execution log of either', () => {
    const settings = { MetricsEnabled: true, LoggingLevel: 'OFF', DataTraceEnabled: false };
    expect(only(template, 'AWS::ApiGateway::Stage').MethodSettings).toEqual([
      { ResourcePath: '/*', HttpMethod: '*', ThrottlingRateLimit: 500, ThrottlingBurstLimit: 1000, ...settings },
      {
        ...{ ResourcePath: '/~1frontchannel-logout', HttpMethod: 'GET' },
        ...{ ThrottlingRateLimit: 50, ThrottlingBurstLimit: 100, ...settings },
      },
    ]);
  });

  it('has an access log without query, body and headers', () => {
    const fields = logFields(template, 'AWS::ApiGateway::Stage', 'AccessLogSetting');
    expect(Object.keys(fields).sort()).toEqual([
      ...['errorType', 'httpMethod', 'integrationError', 'integrationLatency', 'requestId', 'requestTime'],
      ...['responseLatency', 'routeKey', 'service', 'sourceIp', 'status', 'userAgent'],
    ]);
    expect(Object.values(fields).join()).not.toMatch(LEAKS);
  });

  it('lets no answer of its own be cached, and has no 403 for paths that are not there', () => {
    const responses = Object.values(template.findResources('AWS::ApiGateway::GatewayResponse'));
    expect(responses.map(({ Properties }) => [Properties.ResponseType, Properties.StatusCode])).toEqual([
      ['DEFAULT_4XX', undefined],
      ['DEFAULT_5XX', undefined],
      ['MISSING_AUTHENTICATION_TOKEN', '404'],
    ]);
    for (const { Properties } of responses) {
      expect(Properties.ResponseParameters).toEqual({ 'gatewayresponse.header.Cache-Control': "'no-store'" });
    }
  });

  it('lets the allowed addresses alone reach the back channel, and all browsers the front channel', () => {
    const { Policy } = only(template, 'AWS::ApiGateway::RestApi');
    const allow = { Effect: 'Allow', Principal: { AWS: '*' }, Action: 'execute-api:Invoke' };
    // What no statement allows is refused: there is no third.
    expect(Policy.Statement).toEqual([
      {
        ...{ ...allow, Sid: 'BackchannelLogout', Resource: 'execute-api:/*' },
        Condition: { IpAddress: { 'aws:SourceIp': allowedAddresses } },
      },
      { ...allow, Sid: 'FrontchannelLogout', Resource: 'execute-api:/*/GET/frontchannel-logout' },
    ]);
  });

  it('has a web ACL that looks at addresses alone, and at those of the OP not at all', () => {
    const { Rules, DefaultAction, Scope } = only(template, 'AWS::WAFv2::WebACL');
    expect({ DefaultAction, Scope }).toEqual({ DefaultAction: { Allow: {} }, Scope: 'REGIONAL' });
    const ipSet = (id: string) => ({
      IPSetReferenceStatement: { Arn: { 'Fn::GetAtt': [expect.stringContaining(id), 'Arn'] } },
    });
    expect(Rules.map(({ Statement }: { Statement: object }) => Statement)).toEqual([
      ipSet('AllowedIpv4'),
      ipSet('AllowedIpv6'),
      // No other managed group: SizeRestrictions_BODY of the common rules refuses bodies of more than 8 KB, which
      // encrypted tokens with certificates have, and NoUserAgent_HEADER refuses oidc-provider.
      { ManagedRuleGroupStatement: { VendorName: 'AWS', Name: 'AWSManagedRulesAmazonIpReputationList' } },
      { RateBasedStatement: { AggregateKeyType: 'IP', EvaluationWindowSec: 60, Limit: 15_000 } },
    ]);
    expect(Rules.map(({ Priority }: { Priority: number }) => Priority)).toEqual([0, 1, 2, 3]);
    const sets = Object.values(template.findResources('AWS::WAFv2::IPSet')).map(
      ({ Properties }) => Properties.Addresses,
    );
    expect(sets).toEqual([['192.0.2.0/24'], ['2001:db8::/48']]);
    // Samples hold the query, and with it each sid.
    expect(JSON.stringify(template.toJSON())).not.toContain('"SampledRequestsEnabled":true');
  });

  it('puts the web ACL before the stage', () => {
    expect(only(template, 'AWS::WAFv2::WebACLAssociation')).toEqual({
      ResourceArn: {
        'Fn::Join': [
          '',
          expect.arrayContaining([{ Ref: 'RestApiFA9A4412' }, { Ref: expect.stringMatching(/Stagev1/) }]),
        ],
      },
      WebACLArn: { 'Fn::GetAtt': [expect.stringMatching(/^RestApiWebAcl/), 'Arn'] },
    });
  });

  it('behind a domain acts with another deployment, when its own URL or its policy changes', () => {
    const props = { ...rest, ...domain, allowedAddresses: ['192.0.2.0/24'] };
    const deployments = [
      props,
      { ...props, keepExecuteApi: 'why' },
      { ...props, allowedAddresses: ['192.0.2.1/32'] },
    ].map((changed) =>
      Object.keys(frontDoorWith(changed).template.findResources('AWS::ApiGateway::Deployment')).join(),
    );
    expect(new Set(deployments).size).toBe(3);
  });

  it('takes the domain over from the HTTP API in place', () => {
    const [before, after] = [domain, { ...rest, ...domain, webAclArn }].map((props) => frontDoorWith(props).template);
    for (const type of ['AWS::ApiGatewayV2::DomainName', 'AWS::ApiGatewayV2::ApiMapping']) {
      expect(Object.keys(after?.findResources(type) ?? {})).toEqual(Object.keys(before?.findResources(type) ?? {}));
    }
    const [{ DependsOn = [] } = {}] = Object.values(after?.findResources('AWS::ApiGatewayV2::ApiMapping') ?? {});
    expect(DependsOn.filter((id: string) => id.includes('ApiPermission'))).toHaveLength(1);
    // CloudFormation replaces a mapping for another DomainName only; for another API and stage it updates it.
    const mapping = after && only(after, 'AWS::ApiGatewayV2::ApiMapping');
    expect(mapping).toEqual({
      DomainName: before && only(before, 'AWS::ApiGatewayV2::ApiMapping').DomainName,
      ApiId: { Ref: 'RestApiFA9A4412' },
      Stage: { Ref: expect.stringMatching(/Stagev1/) },
    });
  });

  it('with a domain and a web ACL of others has both, and no IPv6 where no address of it is allowed', () => {
    const props = { ...rest, ...domain, allowedAddresses: ['192.0.2.0/24'], webAclArn };
    const { template, frontDoor } = frontDoorWith(props);
    expect(frontDoor.backchannelLogoutUri).toBe(`https://${domainName}/backchannel-logout`);
    expect(only(template, 'AWS::ApiGateway::RestApi')).toMatchObject({
      DisableExecuteApiEndpoint: true,
      Policy: { Statement: [{ Sid: 'BackchannelLogout' }] },
    });
    const [configuration] = only(template, 'AWS::ApiGatewayV2::DomainName').DomainNameConfigurations;
    expect(configuration).toMatchObject({ IpAddressType: 'ipv4' });
    expect(only(template, 'AWS::WAFv2::WebACLAssociation').WebACLArn).toBe(webAclArn);
    expect(typesOf(template)).not.toContain('AWS::WAFv2::WebACL');
  });

  it('has no web ACL where there is a reason', () => {
    const { template } = frontDoorWith({ ...rest, withoutWebAcl: 'AWS Firewall Manager attaches ours' });
    expect(typesOf(template).filter((type) => type.startsWith('AWS::WAFv2'))).toEqual([]);
  });
});

describe('the metrics of what is refused, and of what fails', () => {
  it.each([
    ['an HTTP API', {}, '4xx', '5xx', ['ApiId', 'Stage']],
    ['a REST API', rest, '4XXError', '5XXError', ['ApiName']],
  ])('of %s are those of all its requests', (_kind, props, clientErrors, serverErrors, dimensions) => {
    const { frontDoor, stack } = frontDoorWith(props);
    const described = [frontDoor.metricClientError(), frontDoor.metricServerError()].map((metric) => [
      ...[metric.namespace, metric.metricName, metric.statistic],
      Object.keys(stack.resolve(metric.dimensions)),
    ]);
    expect(described).toEqual([
      ['AWS/ApiGateway', clientErrors, 'Sum', dimensions],
      ['AWS/ApiGateway', serverErrors, 'Sum', dimensions],
    ]);
    expect(stack.resolve(frontDoor.accessLog.logGroupName)).toEqual({ Ref: expect.stringMatching(/AccessLog/) });
  });
});

describe('a front door that cannot be', () => {
  it.each<[FrontDoorProps, string, boolean?]>([
    [{ certificate }, 'certificate: found without domainName, allowed: with it alone'],
    [{ hostedZone }, 'hostedZone: found without domainName'],
    [{ regionRecord: RegionRecord.secondary() }, 'regionRecord: found without domainName'],
    [{ ...domain, regionRecord: RegionRecord.secondary() }, 'regionRecord: found without hostedZone, allowed: with it'],
    [{ keepExecuteApi: 'why' }, 'keepExecuteApi: found without domainName'],
    [trustStore, 'trustStoreBucket: found without domainName'],
    [{ domainName }, `certificate: found none, allowed: a certificate of ${domainName}`],
    [
      { ...domain, domainName: 'Logout.example.com' },
      'domainName: found "Logout.example.com", allowed: a host name in lower case',
    ],
    [{ ...domain, domainName: 'https://logout.example.com' }, 'domainName: found "https://logout.example.com"'],
    [{ ...domain, domainName: 'logout' }, 'domainName: found "logout"'],
    [
      { ...domain, domainName: 'logout.example.org', hostedZone },
      'hostedZone: found the zone example.com, allowed: one that logout.example.org is in',
    ],
    [{ ...domain, domainName: 'logout.notexample.com', hostedZone }, 'hostedZone: found the zone example.com'],
    [
      { ...domain, trustStoreBucket },
      'trustStoreKey: found none, allowed: all of trustStoreBucket, trustStoreKey, trustStoreVersion, or none',
    ],
    [{ ...domain, trustStoreBucket, trustStoreKey: 'k' }, 'trustStoreVersion: found none'],
    [{ ...domain, ...trustStore, keepExecuteApi: 'why' }, 'keepExecuteApi: found with a trust store'],
    [{ ...domain, ...trustStore }, 'frontchannelLogout: found with a trust store', true],
    [{ ...domain, keepExecuteApi: ' ' }, 'keepExecuteApi: found an empty text, allowed: the reason'],
    [
      { allowedAddresses: ['192.0.2.0/24'] },
      'allowedAddresses: found with EndpointType.HTTP_API, allowed: with EndpointType.REST_API',
    ],
    [{ endpointType: EndpointType.HTTP_API, webAclArn }, 'webAclArn: found with EndpointType.HTTP_API'],
    [{ withoutWebAcl: 'why' }, 'withoutWebAcl: found with EndpointType.HTTP_API'],
    [{ ...rest, webAclArn, withoutWebAcl: 'why' }, 'withoutWebAcl: found with webAclArn, allowed: one of them'],
    [{ ...rest, withoutWebAcl: '' }, 'withoutWebAcl: found an empty text'],
    [
      { ...rest, webAclArn: 'arn:aws:wafv2:us-east-1:1:global/webacl/ours/1' },
      'webAclArn: found "arn:aws:wafv2:us-east-1:1:global/webacl/ours/1", allowed: the ARN of a web ACL of AWS WAF, of regional scope',
    ],
    [{ ...rest, allowedAddresses: [] }, 'allowedAddresses: found an empty list, which would refuse every logout'],
    [{ throttleRateLimit: 9 }, 'throttleRateLimit: found 9, allowed: a whole number from 10'],
    [{ throttleBurstLimit: 10.5 }, 'throttleBurstLimit: found 10.5, allowed: a whole number from 10'],
  ])('%# is refused, and told what is allowed', (props, message, frontchannelLogout = false) => {
    expect(() => checkFrontDoor(props, frontchannelLogout)).toThrow(message);
  });

  it('keeps the receiver from being made', () => {
    expect(() => receiverStacks({ throttleRateLimit: 0 })).toThrow('throttleRateLimit: found 0');
    expect(() => receiverStacks({ ...domain, ...trustStore, frontchannelLogout: true })).toThrow(
      'frontchannelLogout: ',
    );
  });

  it.each([
    '192.0.2.1',
    '192.0.2.1/24',
    '192.0.2.0/33',
    '0.0.0.0/0',
    '192.0.2/24',
    '192.0.2.0/024',
    '192.0.2.0/24/1',
    '',
  ])('has an address block %j', (block) => {
    expect(() => checkFrontDoor({ ...rest, allowedAddresses: ['198.51.100.7/32', block] }, false)).toThrow(
      `allowedAddresses: found ${JSON.stringify(block)}, allowed: blocks with a prefix`,
    );
  });

  it.each(['2001:db8::1/64', '2001:db8::/129', '::/0', 'fe80::1%eth0/128', '2001:db8::'])(
    'has an address block %j of IPv6',
    (block) => {
      expect(() => checkFrontDoor({ ...rest, allowedAddresses: [block] }, false)).toThrow(JSON.stringify(block));
    },
  );

  it.each([
    {
      ...rest,
      allowedAddresses: [
        '192.0.2.1/32',
        '192.0.2.128/25',
        '10.0.0.0/8',
        '2001:DB8::1/128',
        '2001:db8::/32',
        '::ffff:1.2.3.4/128',
      ],
    },
    { ...domain, domainName: 'example.com', hostedZone },
    { ...domain, ...trustStore, hostedZone },
    { ...rest, ...domain, keepExecuteApi: 'why', webAclArn },
    { throttleRateLimit: 10, throttleBurstLimit: 10 },
  ])('is none of these: %#', (props) => {
    expect(() => checkFrontDoor(props, false)).not.toThrow();
  });
});
