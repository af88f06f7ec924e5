import type { Device } from './addresses.ts';

/** What happens on the stage, beside what the receiver does. */
export type StageNews = {
  readonly what:
    | 'signed-in'
    | 'op-signed-out'
    | 'login-refused'
    | 'login-held'
    | 'login-released'
    | 'keys-rotated'
    | 'keys-offline'
    | 'keys-online'
    | 'table-down'
    | 'table-up'
    | 'token-sent';
  /** A sentence. */
  readonly text: string;
  readonly device?: Device;
  /** A client id. */
  readonly client?: string;
  readonly account?: string;
  /** Of a token that was sent: `replay`, or what is forged about it. */
  readonly kind?: string;
};

export type Tell = (news: StageNews) => void;
