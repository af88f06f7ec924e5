// biome-ignore-all lint/suspicious/noTemplateCurlyInString: patterns of Fn::Sub
import { describe, expect, it } from 'vitest';
import { readHttpApi, selectRoute } from '../../../local/http-api/http-api-routes.ts';
import type { Stack } from '../../../local/template/cloud-assembly.ts';

type Properties = Record<string, unknown>;

function stackWith({ api = {}, stage = {}, route = {}, integration = {} }: Record<string, Properties>): Stack {
  const Resources = {
    Api: { Type: 'AWS::ApiGatewayV2::Api', Properties: { ProtocolType: 'HTTP', ...api } },
    Stage: { Type: 'AWS::ApiGatewayV2::Stage', Properties: { StageName: '$default', ...stage } },
    Route: {
      Type: 'AWS::ApiGatewayV2::Route',
      Properties: { RouteKey: 'POST /path', Target: { 'Fn::Sub': 'integrations/${Integration}' }, ...route },
    },
    Integration: {
      Type: 'AWS::ApiGatewayV2::Integration',
      Properties: {
        IntegrationType: 'AWS_PROXY',
        IntegrationUri: { 'Fn::GetAtt': ['Function', 'Arn'] },
        PayloadFormatVersion: '2.0',
        ...integration,
      },
    },
    Function: { Type: 'AWS::Lambda::Function', Properties: {} },
  };
  return { name: 'S', template: { Resources, Outputs: {} }, assets: new Map() };
}

const functionArn = 'arn:aws:lambda:us-east-1:000000000000:function:S-Function';

describe('the HTTP API of a template', () => {
  it('has its routes with their functions', () => {
    expect(readHttpApi([stackWith({})])).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{10}$/),
      domainName: expect.stringMatching(/^[0-9a-f]{10}\.execute-api\.us-east-1\.amazonaws\.com$/),
      routes: [{ routeKey: 'POST /path', functionArn, timeoutMilliseconds: 30_000 }],
    });
  });

  it('may name the function by the call that invokes it, and a timeout', () => {
    const IntegrationUri = `arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/${functionArn}/invocations`;
    const { routes } = readHttpApi([stackWith({ integration: { IntegrationUri, TimeoutInMillis: 500 } })]);
    expect(routes).toEqual([{ routeKey: 'POST /path', functionArn, timeoutMilliseconds: 500 }]);
  });

  it.each<[string, Record<string, Properties>, string]>([
    ['a WebSocket API', { api: { ProtocolType: 'WEBSOCKET' } }, 'S: Resources.Api.Properties.ProtocolType: '],
    [
      'a named stage',
      { stage: { StageName: 'live' } },
      'S: Resources.Stage.Properties.StageName: the local run serves the $default stage only',
    ],
    [
      'a path parameter',
      { route: { RouteKey: 'GET /{id}' } },
      'S: Resources.Route.Properties.RouteKey: the local run serves $default and paths without parameters only',
    ],
    [
      'an authorizer',
      { route: { AuthorizationType: 'JWT' } },
      'S: Resources.Route.Properties.AuthorizationType: the local run knows no authorizers',
    ],
    [
      'a target that is not there',
      { route: { Target: 'integrations/none' } },
      'S: Resources.Route.Properties.Target: no integration is integrations/none',
    ],
    [
      'another integration',
      { integration: { IntegrationType: 'HTTP_PROXY' } },
      'S: Resources.Integration.Properties.IntegrationType: ',
    ],
    [
      'payload format 1.0',
      { integration: { PayloadFormatVersion: '1.0' } },
      'S: Resources.Integration.Properties.PayloadFormatVersion: ',
    ],
  ])('is refused with %s, and says where', (_what, properties, message) => {
    expect(() => readHttpApi([stackWith(properties)])).toThrow(message);
  });

  it('may have a custom domain, which makes no difference here', () => {
    const stack = stackWith({});
    const Domain = { Type: 'AWS::ApiGatewayV2::DomainName', Properties: { DomainName: 'logout.example.com' } };
    const ApiId = { 'Fn::GetAtt': ['Domain', 'RegionalDomainName'] };
    const Mapping = { Type: 'AWS::ApiGatewayV2::ApiMapping', Properties: { ApiId } };
    const Resources = { ...stack.template.Resources, Domain, Mapping };
    const withDomain = { ...stack, template: { ...stack.template, Resources } };
    expect(readHttpApi([withDomain])).toEqual(readHttpApi([stack]));
  });

  it('is refused, and told apart, when it is a REST API', () => {
    const Resources = { Api: { Type: 'AWS::ApiGateway::RestApi', Properties: {} } };
    expect(() => readHttpApi([{ name: 'S', template: { Resources, Outputs: {} }, assets: new Map() }])).toThrow(
      'the synthesized template has a REST API; the local run serves an HTTP API: synthesize without EndpointType.REST_API',
    );
  });

  it('is refused when there are two', () => {
    expect(() => readHttpApi([stackWith({}), stackWith({})])).toThrow('the synthesized template has 2 HTTP APIs');
  });
});

describe('a request', () => {
  const routes = ['ANY /a', 'GET /a', '$default', 'POST /b'].map((routeKey) => ({
    routeKey,
    functionArn,
    timeoutMilliseconds: 1,
  }));

  it.each([
    ['GET', '/a', 'GET /a'],
    ['HEAD', '/a', 'ANY /a'],
    ['POST', '/b', 'POST /b'],
    ['GET', '/b', '$default'],
    ['GET', '/a/', '$default'],
    ['GET', '/A', '$default'],
  ])('%s %s takes the route %s', (method, path, routeKey) => {
    expect(selectRoute(routes, method, path)?.routeKey).toBe(routeKey);
  });

  it('takes none when none fits', () => {
    expect(selectRoute(routes.slice(0, 2), 'GET', '/b')).toBeUndefined();
  });
});
