import type { JudgedRule } from '../../receiver/logout/rules.ts';

/** A JSON object that somebody else has written. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** A logout token as it came. Nothing of it is verified. */
export interface ArrivedToken {
  /** In whole, unless it is longer than anybody wants to read. */
  readonly compact: string;
  /** Of the JWE, where it is encrypted. Absent where it does not decode. */
  readonly header?: JsonObject;
  readonly payload?: JsonObject;
  readonly encrypted: boolean;
}

/** A request arrives at the HTTP API. It is answered later. */
export interface RequestEvent {
  readonly type: 'request';
  readonly requestId: string;
  readonly method: string;
  readonly path: string;
  /** Absent where the body has none. */
  readonly token?: ArrivedToken;
}

export interface AnswerEvent {
  readonly type: 'answer';
  readonly requestId: string;
  readonly status: number;
  readonly milliseconds: number;
  /** Reason code; absent on success, and where the receiver did not answer. */
  readonly reason?: string;
  readonly description?: string;
  /** In the judge's order; absent where the receiver did not answer. */
  readonly rules?: readonly JudgedRule[];
}

/** An item of the sessions table is new, changed or gone. */
export interface ItemEvent {
  readonly type: 'item';
  readonly change: 'put' | 'changed' | 'removed';
  readonly kind: 'session' | 'pointer by sub' | 'pointer by sid' | 'not-before marker' | 'seen token' | 'other';
  readonly pk: string;
  readonly sk: string;
  /** Of the item as it is now, or was before it was removed. */
  readonly attributes: JsonObject;
}

/** A function has logged something that is of interest. */
export interface LogEvent {
  readonly type: 'log';
  readonly level: string;
  readonly message: string;
  /** As the terminal shows it. */
  readonly text: string;
  /** All of the line. */
  readonly members: JsonObject;
}

/** A session-ended event was published. */
export interface SessionEndedEvent {
  readonly type: 'session-ended';
  readonly issuer: string;
  readonly clientId: string;
  readonly idHash: string;
  readonly creation: string;
  readonly cause: string;
  readonly scope?: string;
}

/** Something that the sample does. */
export interface StageEvent {
  readonly type: 'stage';
  readonly what: string;
  /** A sentence. */
  readonly text: string;
  readonly device?: string;
  /** A client id. */
  readonly client?: string;
  readonly account?: string;
  /** Of a token that was sent: `replay`, or what is forged about it. */
  readonly kind?: string;
}

/** Something that happens, for people to look at: it holds whole tokens, and what they say of persons. */
export type FeedEvent = RequestEvent | AnswerEvent | ItemEvent | LogEvent | SessionEndedEvent | StageEvent;

/** An event of the feed. */
export type NumberedEvent = FeedEvent & {
  /** Greater than that of all earlier events, also of earlier runs. */
  readonly id: number;
  /** Epoch milliseconds, with their fraction. */
  readonly at: number;
};
