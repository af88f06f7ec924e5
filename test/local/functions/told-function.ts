import { on } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';
import * as z from 'zod/mini';
import { listen, stopServer } from '../../loopback-server.ts';
import { temporaryDirectory } from './bundle.ts';

const SOURCE = `
  export async function handler(event) {
    const body = JSON.stringify({ event, environment: process.env, pid: process.pid });
    const { behaviour, returned } = await (await fetch(process.env.TOLD_BY, { method: 'POST', body })).json();
    switch (behaviour) {
      case 'return': return returned;
      case 'throw': throw new Error('as it was told');
      case 'exit': process.exit(1);
      case 'hang': await new Promise(() => {});
    }
  }`;

const Report = z.object({ event: z.unknown(), environment: z.unknown(), pid: z.number() });

/** An invocation of the function, which waits until it is told what to do. */
export interface Invocation {
  readonly event: unknown;
  readonly environment: unknown;
  /** Of the function's process. */
  readonly pid: number;
  tell(behaviour: 'return' | 'throw' | 'exit' | 'hang', returned?: unknown): void;
}

export interface ToldFunction {
  /** Of the bundle. */
  readonly directory: string;
  /** Where it asks what to do. */
  readonly url: string;
  /** So long, at first, that no slow machine comes near it. */
  timeoutSeconds: number;
  /** Waits for the next invocation. */
  next(): Promise<Invocation>;
}

/** The function as a template defines it. Its bundle is the asset `key.zip`. */
export function toldFunctionResource({ url, timeoutSeconds }: ToldFunction, environment: object = {}) {
  return {
    Type: 'AWS::Lambda::Function',
    Properties: {
      Code: { S3Key: 'key.zip' },
      Handler: 'index.handler',
      Runtime: 'nodejs24.x',
      Timeout: timeoutSeconds,
      Environment: { Variables: { TOLD_BY: url, ...environment } },
    },
  };
}

/** A function, to be run in a process of its own, that does what the test tells it. */
export async function toldFunction(): Promise<ToldFunction> {
  const directory = temporaryDirectory();
  writeFileSync(join(directory, 'index.mjs'), SOURCE);
  const server = createServer();
  const requests = on(server, 'request');
  onTestFinished(() => stopServer(server));
  const url = await listen(server);
  return {
    directory,
    url,
    timeoutSeconds: 600,
    async next() {
      const { value, done } = await requests.next();
      if (done) {
        throw new Error('the function will not be invoked any more');
      }
      const request: IncomingMessage = value[0];
      const response: ServerResponse = value[1];
      return {
        ...Report.parse(await json(request)),
        tell: (behaviour, returned) => void response.end(JSON.stringify({ behaviour, returned })),
      };
    },
  };
}
