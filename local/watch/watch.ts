import * as z from 'zod/mini';
import { REASONS, type Reason } from '../../receiver/logout/reasons.ts';
import { judgedRules } from '../../receiver/logout/rules.ts';
import type { StreamRecord } from '../dynamodb/dynamodb-streams.ts';
import type { OnRequest } from '../http-api/http-api.ts';
import { logLineFrom, readableFunctionLine } from '../log/function-line.ts';
import { type AnsweredRequest, problemIn } from '../log/request-line.ts';
import type { ArrivedRequest } from '../loopback/http-request.ts';
import { tokenIn } from './arrived-token.ts';
import { attempt } from './attempt.ts';
import type { Feed } from './feed.ts';
import type { AnswerEvent, FeedEvent, RequestEvent } from './feed-event.ts';
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

/** What a local run tells of, so that somebody can watch it. Nothing here throws: a fault of the watcher is none of the run. */
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
  const publish = (what: string, eventOf: () => FeedEvent | undefined) => {
    attempt(what, () => {
      const event = eventOf();
      if (event) {
        feed.publish(event);
      }
    });
  };
  return {
    pace,
    onRequest(request) {
      pace.hurry();
      let isEncrypted: boolean | undefined;
      publish('a request', () => {
        const event = requestEvent(request);
        isEncrypted = event.token?.encrypted;
        return event;
      });
      return (answered) => {
        // What has ended had ended before the answer.
        pace.afterRead(() => publish('an answer', () => answerEvent(request.id, isEncrypted, answered)));
      };
    },
    onLine: (line) => publish('a log line', () => logEvent(line)),
    onBusEvent: (event) => publish('an event of an event bus', () => sessionEndedEvent(event)),
    onRecord: (record) => publish('a change in the sessions table', () => itemEventOf(record)),
  };
}

function requestEvent({ id: requestId, method, path, body }: ArrivedRequest): RequestEvent {
  const token = body && tokenIn(body);
  return { type: 'request', requestId, method, path: path.slice(0, MOST_PATH_CHARACTERS), ...(token && { token }) };
}

/**
 * The verdict is the receiver's: what it says in its answer, and nothing else.
 *
 * @param isEncrypted undefined where the request had no token: then there is nothing that rules could be passed by
 */
function answerEvent(requestId: string, isEncrypted: boolean | undefined, answered: AnsweredRequest): AnswerEvent {
  const { status, milliseconds, body } = answered;
  const answer = { type: 'answer', requestId, status, milliseconds } as const;
  if (status === 200) {
    return isEncrypted === undefined ? answer : { ...answer, rules: judgedRules(undefined) };
  }
  const problem = problemIn(body);
  return problem && isReason(problem.reason)
    ? { ...answer, ...problem, rules: judgedRules(problem.reason, { isEncrypted }) }
    : answer;
}

/** @returns undefined of what the terminal does not show either */
function logEvent(line: string): FeedEvent | undefined {
  const logged = logLineFrom(line);
  const text = readableFunctionLine(line);
  return logged && text !== undefined ? { type: 'log', ...logged, text } : undefined;
}

/** @returns undefined of other events */
function sessionEndedEvent(event: unknown): FeedEvent | undefined {
  const { success, data } = SessionEnded.safeParse(event);
  if (!success) {
    return undefined;
  }
  const { scope, ...detail } = data.detail;
  return { type: 'session-ended', ...detail, ...(scope !== undefined && { scope }) };
}

function isReason(text: string): text is Reason {
  return Object.hasOwn(REASONS, text);
}
