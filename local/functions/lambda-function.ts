import * as z from 'zod/mini';
import { StartupError } from '../process/startup-error.ts';
import type { Stack } from '../template/cloud-assembly.ts';
import { findResources, readProperties, type TemplateResource } from '../template/template-resources.ts';
import { nameOf } from '../template/template-values.ts';

const FunctionProperties = z.object({
  Code: z.object({ S3Key: z.string() }),
  Handler: z.string(),
  Runtime: z.string().check(z.regex(/^nodejs\d+\.x$/, 'the local run knows the Node.js runtimes only')),
  MemorySize: z._default(z.number(), 128),
  Timeout: z._default(z.number(), 3),
  ReservedConcurrentExecutions: z.optional(z.int().check(z.gte(1))),
  Environment: z._default(z.object({ Variables: z._default(z.record(z.string(), z.string()), {}) }), { Variables: {} }),
  LoggingConfig: z._default(
    z.object({
      LogFormat: z._default(z.string(), 'Text'),
      ApplicationLogLevel: z.optional(z.string()),
      LogGroup: z.optional(z.string()),
    }),
    { LogFormat: 'Text' },
  ),
});

/** A function of the template. */
export interface LambdaFunction {
  readonly name: string;
  readonly arn: string;
  /** Of the bundle. */
  readonly directory: string;
  /** Module and export, as in `index.handler`. */
  readonly handler: string;
  /** As in `nodejs24.x`. */
  readonly runtime: string;
  readonly memoryMegabytes: number;
  readonly timeoutSeconds: number;
  readonly reservedConcurrency?: number | undefined;
  readonly environment: Readonly<Record<string, string>>;
  readonly logFormat: string;
  readonly logLevel?: string;
  readonly logGroup: string;
}

/**
 * The function with that ARN.
 *
 * @throws StartupError where no template has it, or its code is not in a directory of assets
 */
export function readLambdaFunction(stacks: readonly Stack[], arn: string): LambdaFunction {
  const resource = findResources(stacks, 'AWS::Lambda::Function').find(({ ids }) => ids.attributes.Arn === arn);
  if (!resource) {
    throw new StartupError(`the synthesized template has no function ${arn}`);
  }
  const { Code, LoggingConfig, ...properties } = readProperties(FunctionProperties, resource);
  const name = resource.ids.ref;
  return {
    name,
    arn,
    directory: assetDirectory(Code.S3Key, resource),
    handler: properties.Handler,
    runtime: properties.Runtime,
    memoryMegabytes: properties.MemorySize,
    timeoutSeconds: properties.Timeout,
    reservedConcurrency: properties.ReservedConcurrentExecutions,
    environment: properties.Environment.Variables,
    logFormat: LoggingConfig.LogFormat,
    ...(LoggingConfig.ApplicationLogLevel && { logLevel: LoggingConfig.ApplicationLogLevel }),
    logGroup: LoggingConfig.LogGroup ?? `/aws/lambda/${name}`,
  };
}

function assetDirectory(key: string, { place }: TemplateResource): string {
  const directory = place.stack.assets.get(key);
  if (directory === undefined) {
    throw new StartupError(`${nameOf(place)}.Code: no asset has the key ${key}`);
  }
  return directory;
}
