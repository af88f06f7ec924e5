import type { IncomingHttpHeaders } from 'node:http';
import { createServer } from 'node:https';
import { text } from 'node:stream/consumers';
import * as z from 'zod/mini';
import { listenOnLoopback } from '../local/loopback/loopback-server.ts';
import type { Shutdown } from '../local/process/shutdown.ts';
import { privateCa } from '../test/private-ca.ts';

/** Answers as a DynamoDB did when it was asked the same, at once: the speed of an engine does not count. */
export interface CannedDynamodb {
  /** An `https:` URL; its certificate is of `privateCa`. */
  readonly endpoint: string;
  /** Forwards what is asked meanwhile, and keeps the answers. */
  record(action: () => Promise<unknown>): Promise<void>;
  /** How many calls it has answered. */
  readonly calls: number;
}

const Call = z.object({
  TableName: z.optional(z.string()),
  Key: z.optional(z.object({ sk: z.optional(z.object({ S: z.string() })) })),
});

interface Answer {
  readonly status: number;
  readonly body: string;
}

/** @param target URL of the DynamoDB whose answers it gives */
export async function startCannedDynamodb(target: string, shutdown: Shutdown): Promise<CannedDynamodb> {
  const answers = new Map<string, Answer>();
  let isRecording = false;
  let calls = 0;
  const answerTo = async (headers: IncomingHttpHeaders, body: string): Promise<Answer> => {
    const kind = kindOf(String(headers['x-amz-target']), body);
    if (!isRecording) {
      return answers.get(kind) ?? { status: 400, body: JSON.stringify({ __type: 'NotRecorded', message: kind }) };
    }
    const answer = await forwarded(target, headers, body);
    // The first of its kind: what is read twice is read again after it has changed.
    answers.set(kind, answers.get(kind) ?? answer);
    return answer;
  };
  const server = createServer(privateCa.localhost, async (request, response) => {
    calls += 1;
    const { status, body } = await answerTo(request.headers, await text(request));
    response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' }).end(body);
  });
  // As long as a function is warm, so are its connections.
  server.keepAliveTimeout = 0;
  const port = await listenOnLoopback(server, 0, shutdown);
  return {
    endpoint: `https://127.0.0.1:${port}`,
    async record(action) {
      isRecording = true;
      await action();
      isRecording = false;
    },
    get calls() {
      return calls;
    },
  };
}

async function forwarded(target: string, headers: IncomingHttpHeaders, body: string): Promise<Answer> {
  const sent = ['authorization', 'content-type', 'x-amz-date', 'x-amz-target'];
  const answer = await fetch(target, {
    method: 'POST',
    headers: Object.fromEntries(sent.map((name) => [name, String(headers[name])])),
    body,
  });
  return { status: answer.status, body: await answer.text() };
}

/** A claim of a token, a marker and the end of a session are calls of one operation, with another kind of item each. */
function kindOf(operation: string, body: string): string {
  const { TableName = '', Key } = Call.parse(JSON.parse(body));
  return [operation, TableName, Key?.sk?.S ?? ''].join(' ');
}
