import type { IncomingMessage, ServerResponse } from 'node:http';
import * as z from 'zod/mini';
import { readBody } from '../loopback/http-request.ts';
import { FORGERIES } from './forgeries.ts';
import { type Stage, StageProblem } from './stage.ts';

const MOST_BODY_BYTES = 4096;

const Forge = z.object({ kind: z.enum(FORGERIES) });
const Keys = z.object({ action: z.enum(['rotate', 'offline', 'online']) });
const Table = z.object({ action: z.enum(['down', 'up']) });
const Login = z.object({ action: z.enum(['hold', 'release']) });
const Everywhere = z.object({ account: z.string() });

/** By path: does what the body asks for, and resolves to what the receiver answered where a token was sent. */
const ACTIONS: Readonly<Record<string, (stage: Stage, body: unknown) => unknown>> = {
  '/stage/replay': (stage) => stage.replay(),
  '/stage/forge': (stage, body) => stage.forge(Forge.parse(body).kind),
  '/stage/keys': (stage, body) =>
    ({
      rotate: () => stage.rotateKeys(),
      offline: () => stage.takeKeysOffline(),
      online: () => stage.bringKeysOnline(),
    })[Keys.parse(body).action](),
  '/stage/table': (stage, body) =>
    ({ down: () => stage.takeTableDown(), up: () => stage.bringTableUp() })[Table.parse(body).action](),
  '/stage/login': (stage, body) =>
    ({ hold: () => stage.holdLogins(), release: () => stage.releaseLogins() })[Login.parse(body).action](),
  '/stage/everywhere': (stage, body) => stage.signOutEverywhere(Everywhere.parse(body).account),
};

/**
 * Answers the requests of the page to the stage.
 *
 * @returns whether it was one
 */
export async function answerStage(stage: Stage, message: IncomingMessage, response: ServerResponse): Promise<boolean> {
  const { method, url = '', headers } = message;
  if (url === '/stage' && method === 'GET') {
    answer(response, 200, stage.state());
    return true;
  }
  const action = ACTIONS[url];
  if (!action) {
    return false;
  }
  // No form of another page can send this type.
  if (method !== 'POST' || headers['content-type'] !== 'application/json') {
    answer(response, 400, { problem: 'A POST of JSON is asked for.' });
    return true;
  }
  try {
    const body = await readBody(message, MOST_BODY_BYTES);
    const done = await action(stage, JSON.parse(body?.toString() ?? ''));
    answer(response, 200, { answer: done, state: stage.state() });
  } catch (error) {
    answer(response, ...failure(error));
  }
  return true;
}

function failure(error: unknown): [status: number, body: object] {
  if (error instanceof StageProblem) {
    return [409, { problem: error.message }];
  }
  return error instanceof SyntaxError || error instanceof z.core.$ZodError
    ? [400, { problem: 'The body is not what this action takes.' }]
    : [500, { problem: error instanceof Error ? error.message : String(error) }];
}

function answer(response: ServerResponse, status: number, body: object): void {
  response
    .writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' })
    .end(JSON.stringify(body));
}
