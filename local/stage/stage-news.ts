import type { StageEvent } from '../watch/feed-event.ts';
import type { Device } from './addresses.ts';

/** What happens on the stage, beside what the receiver does. */
export interface StageNews extends Omit<StageEvent, 'type'> {
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
  readonly device?: Device;
}

export type Tell = (news: StageNews) => void;
