import * as z from 'zod/mini';
import { REASONS, type Reason } from '../../receiver/logout/reasons.ts';
import { judgedRules } from '../../receiver/logout/rules.ts';
import type { StreamRecord } from '../dynamodb/dynamodb-streams.ts';
import type { OnRequest } from '../http-api/http-api.ts';
import { logLineFrom, readableFunctionLine } from '../log/function-line.ts';
import { type AnsweredRequest, problemIn } from '../log/request-line.ts';
import { tokenIn } from './arrived-token.ts';
import type { Feed } from './feed.ts';
import type { AnswerEvent } from './feed-event.ts';
import { createStreamPace, type StreamPace } from './stream-pace.ts';
import { itemEventOf } from './table-item.ts';

const MOST_PATH_CHARACTERS = 200;

const SessionEnded = z.object({
  'detail-type': z.literal('Session Ended'),
  detail: z.object({
    issuer: z.string(),
    clientId: z.string(),
    idHash: z.string(),
    creation: z.string(),
    cause: z.string(),
    scope: z.optional(z.string()),
  }),
});

/** What a local run tells of, so that somebody can watch it. */
export interface RunWatcher {
  /** Of each request of the HTTP API, and of its answer. */
  readonly onRequest: OnRequest;
  /** Of each line that a function writes. */
  onLine(line: string): void;
  /** Of each event on an event bus. */
  onBusEvent(event: unknown): void;
  /** Of each change in the sessions table. */
  onRecord(record: StreamRecord): void;
  /** How often the table's stream is to be read. */
  readonly pace: StreamPace;
}

/** Makes a feed of what a local run does. */
export function watchRun(feed: Feed): RunWatcher {
  const pace = createStreamPace();
  return {
    pace,
    onRequest({ id: requestId, method, path, body }) {
      pace.hurry();
      const token = tokenIn(body);
      feed.publish({
        type: 'request',
        requestId,
        method,
        path: path.slice(0, MOST_PATH_CHARACTERS),
        ...(token && { token }),
      });
      return (answered) => {
        const event = answerEvent(requestId, token?.encrypted ?? false, answered);
        // What has ended had ended before the answer.
        pace.afterRead(() => feed.publish(event));
      };
    },
    onLine(line) {
      const logged = logLineFrom(line);
      const text = readableFunctionLine(line);
      if (logged && text !== undefined) {
        feed.publish({ type: 'log', ...logged, text });
      }
    },
    onBusEvent(event) {
      const { success, data } = SessionEnded.safeParse(event);
      if (success) {
        const { scope, ...detail } = data.detail;
        feed.publish({ type: 'session-ended', ...detail, ...(scope !== undefined && { scope }) });
      }
    },
    onRecord(record) {
      const event = itemEventOf(record);
      if (event) {
        feed.publish(event);
      }
    },
  };
}

/** The verdict is the receiver's: what it says in its answer, and nothing else. */
function answerEvent(requestId: string, isEncrypted: boolean, answered: AnsweredRequest): AnswerEvent {
  const { status, milliseconds, body } = answered;
  const answer = { type: 'answer', requestId, status, milliseconds } as const;
  if (status === 200) {
    return { ...answer, rules: judgedRules(undefined) };
  }
  const problem = problemIn(body);
  return problem && isReason(problem.reason)
    ? { ...answer, ...problem, rules: judgedRules(problem.reason, { isEncrypted }) }
    : answer;
}

function isReason(text: string): text is Reason {
  return Object.hasOwn(REASONS, text);
}
