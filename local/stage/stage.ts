import type { Op, OpSession } from '../../sample/op/op.ts';
import { post } from '../loopback/http-client.ts';
import type { StageAddresses } from './addresses.ts';
import { type Forgery, forgedToken } from './forgeries.ts';
import type { HeldLogins } from './held-logins.ts';
import { newOpKey, type OpKey } from './op-key.ts';
import type { Tell } from './stage-news.ts';
import type { TableSwitch } from './table-switch.ts';

const SEND_MILLISECONDS = 60_000;

export interface StageParts {
  readonly addresses: StageAddresses;
  readonly accounts: readonly string[];
  readonly issuer: string;
  /** URL of back-channel logout. */
  readonly receiver: string;
  readonly op: Op;
  /** That the OP signs with at the beginning. */
  readonly key: OpKey;
  readonly logins: HeldLogins;
  readonly table: TableSwitch;
  readonly tell: Tell;
}

/** Why an action makes no sense now. */
export class StageProblem extends Error {
  override readonly name = 'StageProblem';
}

/** What the receiver answered. */
export interface SentToken {
  readonly status: number;
  readonly body: string;
}

/** What can be tried with the sample. */
export class Stage {
  readonly #parts: StageParts;
  #key: OpKey;
  #areKeysOffline = false;
  #lastToken: string | undefined;

  constructor(parts: StageParts) {
    this.#parts = parts;
    this.#key = parts.key;
  }

  get areKeysOffline(): boolean {
    return this.#areKeysOffline;
  }

  state() {
    const { addresses, receiver, accounts, table, logins } = this.#parts;
    return {
      addresses: addresses.devices,
      receiver,
      accounts,
      keys: { kid: this.#key.kid, offline: this.#areKeysOffline },
      table: table.isDown() ? 'down' : 'up',
      hold: logins.isHolding,
      held: logins.count,
      tokenSent: this.#lastToken !== undefined,
    };
  }

  /** @param logoutToken that the OP sends */
  noteToken(logoutToken: string): void {
    this.#lastToken = logoutToken;
  }

  async replay(): Promise<SentToken> {
    if (this.#lastToken === undefined) {
      throw new StageProblem('The OP has sent no logout token yet: sign out there first.');
    }
    return await this.#send(this.#lastToken, 'replay', 'The last logout token is sent once more.');
  }

  async forge(kind: Forgery): Promise<SentToken> {
    const { issuer, op } = this.#parts;
    const { account, clientId, sid } = this.#lastLogin();
    const token = await forgedToken(kind, { issuer, clientId, sub: account, sid }, this.#key, () =>
      op.idToken(clientId, account, sid),
    );
    return await this.#send(
      token,
      kind,
      `A token is sent that looks as if it ended ${account}’s login at ${clientId}.`,
    );
  }

  async rotateKeys(): Promise<void> {
    this.#key = await newOpKey();
    this.#parts.op.useKey(this.#key.jwk);
    this.#parts.tell({ what: 'keys-rotated', text: `The OP signs with a new key now: ${this.#key.kid}.` });
  }

  takeKeysOffline(): void {
    requireThat(!this.#areKeysOffline, 'The OP’s keys are offline already.');
    this.#areKeysOffline = true;
    this.#parts.tell({ what: 'keys-offline', text: 'Nobody can fetch the OP’s keys any more.' });
  }

  bringKeysOnline(): void {
    requireThat(this.#areKeysOffline, 'The OP’s keys are online already.');
    this.#areKeysOffline = false;
    this.#parts.tell({ what: 'keys-online', text: 'The OP’s keys can be fetched again.' });
  }

  takeTableDown(): void {
    const { table } = this.#parts;
    requireThat(!table.isDown(), 'DynamoDB is down already.');
    table.takeDown();
    this.#parts.tell({ what: 'table-down', text: 'DynamoDB cannot be reached any more.' });
  }

  bringTableUp(): void {
    const { table } = this.#parts;
    requireThat(table.isDown(), 'DynamoDB is up already.');
    table.bringUp();
    this.#parts.tell({ what: 'table-up', text: 'DynamoDB can be reached again.' });
  }

  holdLogins(): void {
    const { logins } = this.#parts;
    requireThat(!logins.isHolding, 'Logins are held already.');
    logins.hold();
  }

  releaseLogins(): void {
    const { logins } = this.#parts;
    requireThat(logins.isHolding, 'No logins are held.');
    logins.release();
    this.#parts.tell({ what: 'login-released', text: 'Logins go on.' });
  }

  async signOutEverywhere(account: string): Promise<void> {
    const { op } = this.#parts;
    requireThat(
      op.sessions().some((session) => session.account === account),
      `${account} is not signed in at the OP.`,
    );
    this.#parts.tell({ what: 'op-signed-out', text: `The OP ends all sessions of ${account}.`, account });
    await op.signOutEverywhere(account);
  }

  #lastLogin(): { account: string; clientId: string; sid: string } {
    const [login] = this.#parts.op.sessions().toReversed().flatMap(loginsOf);
    if (!login) {
      throw new StageProblem('Nobody is signed in: there is no login that a forged token could name.');
    }
    return login;
  }

  async #send(token: string, kind: string, text: string): Promise<SentToken> {
    this.#parts.tell({ what: 'token-sent', text, kind });
    return await post(this.#parts.receiver, {
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: `${new URLSearchParams({ logout_token: token })}`,
      signal: AbortSignal.timeout(SEND_MILLISECONDS),
    });
  }
}

function loginsOf({ account, sids }: OpSession) {
  return Object.entries(sids).map(([clientId, sid]) => ({ account, clientId, sid }));
}

function requireThat(makesSense: boolean, problem: string): void {
  if (!makesSense) {
    throw new StageProblem(problem);
  }
}
