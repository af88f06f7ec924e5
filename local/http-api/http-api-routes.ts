import * as z from 'zod/mini';
import { localAccount } from '../local-account.ts';
import { StartupError } from '../process/startup-error.ts';
import type { Stack } from '../template/cloud-assembly.ts';
import { findResources, readProperties, type TemplateResource } from '../template/template-resources.ts';
import { nameOf } from '../template/template-values.ts';

const INTEGRATION_TIMEOUT_MILLISECONDS = 30_000;

const ApiProperties = z.object({ ProtocolType: z.literal('HTTP') });
const StageProperties = z.object({
  StageName: z.literal('$default', 'the local run serves the $default stage only'),
});
const RouteProperties = z.object({
  RouteKey: z
    .string()
    .check(z.regex(/^(\$default|[A-Z]+ \/[^{}]*)$/, 'the local run serves $default and paths without parameters only')),
  AuthorizationType: z._default(z.literal('NONE', 'the local run knows no authorizers'), 'NONE'),
  Target: z.string(),
});
const IntegrationProperties = z.object({
  IntegrationType: z.literal('AWS_PROXY'),
  IntegrationUri: z.string(),
  PayloadFormatVersion: z.literal('2.0'),
  TimeoutInMillis: z._default(z.number(), INTEGRATION_TIMEOUT_MILLISECONDS),
});

/** A route of the HTTP API. */
export interface Route {
  /** As in `POST /path`, `ANY /path` or `$default`. */
  readonly routeKey: string;
  readonly functionArn: string;
  /** How long API Gateway waits for the function. */
  readonly timeoutMilliseconds: number;
}

/** The HTTP API of the template. */
export interface HttpApi {
  readonly id: string;
  readonly domainName: string;
  readonly routes: readonly Route[];
}

/**
 * Reads the one HTTP API of the templates.
 *
 * @throws StartupError where there is another number, or a REST API, or it takes more than the local run knows
 */
export function readHttpApi(stacks: readonly Stack[]): HttpApi {
  const types = stacks.flatMap(({ template }) => Object.values(template.Resources).map(({ Type }) => Type));
  if (types.includes('AWS::ApiGateway::RestApi')) {
    throw new StartupError(
      'the synthesized template has a REST API; the local run serves an HTTP API: synthesize without EndpointType.REST_API',
    );
  }
  const apis = findResources(stacks, 'AWS::ApiGatewayV2::Api');
  const [api] = apis;
  if (!api || apis.length > 1) {
    throw new StartupError(`the synthesized template has ${apis.length} HTTP APIs; the local run serves one`);
  }
  readProperties(ApiProperties, api);
  for (const stage of findResources(stacks, 'AWS::ApiGatewayV2::Stage')) {
    readProperties(StageProperties, stage);
  }
  const integrations = findResources(stacks, 'AWS::ApiGatewayV2::Integration');
  return {
    id: api.ids.ref,
    domainName: `${api.ids.ref}.execute-api.${localAccount.region}.${localAccount.urlSuffix}`,
    routes: findResources(stacks, 'AWS::ApiGatewayV2::Route').map((route) => readRoute(route, integrations)),
  };
}

/** The route that API Gateway selects for a request: its method before `ANY`, a path before `$default`. */
export function selectRoute(routes: readonly Route[], method: string, path: string): Route | undefined {
  return [`${method} ${path}`, `ANY ${path}`, '$default']
    .map((routeKey) => routes.find((route) => route.routeKey === routeKey))
    .find((route) => route !== undefined);
}

function readRoute(route: TemplateResource, integrations: readonly TemplateResource[]): Route {
  const { RouteKey, Target } = readProperties(RouteProperties, route);
  const integration = integrations.find(({ ids }) => Target === `integrations/${ids.ref}`);
  if (!integration) {
    throw new StartupError(`${nameOf(route.place)}.Target: no integration is ${Target}`);
  }
  const { IntegrationUri, TimeoutInMillis } = readProperties(IntegrationProperties, integration);
  return { routeKey: RouteKey, functionArn: functionArn(IntegrationUri), timeoutMilliseconds: TimeoutInMillis };
}

/** An integration names its function by the ARN of the function, or by that of the call that invokes it. */
function functionArn(integrationUri: string): string {
  return integrationUri.match(/\/functions\/(.+)\/invocations$/)?.[1] ?? integrationUri;
}
