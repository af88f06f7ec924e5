import type { NumberedEvent } from '../../watch/feed.ts';
import type { Stage } from './controls.ts';

export interface Step {
  /** Label of the button. */
  readonly button: string;
  /** The control that it uses. */
  readonly does?: readonly [path: string, body: object];
  /** Where it signs in, on the laptop. */
  readonly opens?: 'shop' | 'mail';
  /** What to do then, until an event says more. */
  readonly afterwards?: string;
}

/** Something to try: what a button does, and what to expect of it. */
export interface Try {
  readonly id: string;
  readonly title: string;
  /** In a sentence. */
  readonly expect: string;
  /** The second one undoes or ends the first. */
  readonly steps: readonly [Step, Step?];
  /** Whether the first step is taken, and the second is not. */
  isBegun?(stage: Stage): boolean;
  /** What an event says of the outcome, in words. */
  cameTrue(event: NumberedEvent): string | undefined;
}

export const TRIES: readonly { title: string; tries: readonly Try[] }[] = [
  {
    title: 'Attacks',
    tries: [
      {
        id: 'replay',
        title: 'Send the last token again',
        expect: 'Accepted, since OPs repeat tokens. But no other session ends.',
        steps: [{ button: 'Send it again', does: ['replay', {}] }],
        cameTrue: (event) =>
          event.type === 'answer' && event.status === 200 ? 'Accepted again. Nothing new has ended.' : undefined,
      },
      forged(
        'wrong-key',
        'A token that somebody else signed',
        'The key’s name is right, the signature is not.',
        'signature_invalid',
      ),
      forged(
        'alg-none',
        'A token without a signature',
        'It says alg: none and hopes that nobody checks.',
        'alg_not_allowed',
      ),
      forged(
        'wrong-audience',
        'A token for another client',
        'The OP did sign it, for an application that is not ours.',
        'audience_mismatch',
      ),
      forged(
        'id-token',
        'An ID token in its place',
        'The OP did sign it, and every application has one.',
        'events_invalid',
      ),
      forged(
        'nonce',
        'A logout token with a nonce',
        'A nonce belongs in ID tokens. A logout token with one may be an ID token in disguise.',
        'nonce_present',
      ),
    ],
  },
  {
    title: 'Outages',
    tries: [
      {
        id: 'rotate',
        title: 'The OP takes new keys',
        expect:
          'The next logout is signed with a key that the receiver has not seen: it asks the OP once, and goes on.',
        steps: [{ button: 'Rotate the keys', does: ['keys', { action: 'rotate' }] }],
        cameTrue: (event) =>
          answerWords('Ended, with the new key.', event) ?? finishedWords(event) ?? stageWords(KEYS, event),
      },
      {
        id: 'keys',
        title: 'The OP’s keys cannot be fetched',
        expect: 'Logouts go on: the receiver keeps the keys that it knows.',
        steps: [
          { button: 'Take the keys offline', does: ['keys', { action: 'offline' }] },
          { button: 'Bring the keys back', does: ['keys', { action: 'online' }] },
        ],
        isBegun: ({ keys }) => keys.offline,
        cameTrue: (event) =>
          answerWords('Ended, by the keys that the receiver knew.', event) ?? stageWords(KEYS, event),
      },
      {
        id: 'table',
        title: 'DynamoDB goes down',
        expect:
          'The receiver cannot end the session now, and keeps the logout. Once DynamoDB is up again, it finishes the logout.',
        steps: [
          { button: 'Take DynamoDB down', does: ['table', { action: 'down' }] },
          { button: 'Bring DynamoDB up', does: ['table', { action: 'up' }] },
        ],
        isBegun: ({ table }) => table === 'down',
        cameTrue: (event) =>
          isDeferred(event) ? 'Kept for later. Bring DynamoDB up.' : (finishedWords(event) ?? stageWords(TABLE, event)),
      },
    ],
  },
  {
    title: 'Races',
    tries: [
      {
        id: 'hold',
        title: 'Sign out while a login is under way',
        expect: 'Hold the login, sign in to the shop, sign out at the OP, let the login finish: it is refused.',
        steps: [
          {
            button: 'Hold the next login',
            does: ['login', { action: 'hold' }],
            afterwards: 'Now sign in to the shop.',
          },
          { button: 'Let it finish', does: ['login', { action: 'release' }] },
        ],
        isBegun: ({ hold }) => hold,
        cameTrue: (event) => stageWords(LOGIN, event),
      },
      {
        id: 'again',
        title: 'Sign in again at once',
        expect:
          'A login after the logout works: its ID token is of another session at the OP. (After “Sign out everywhere”, which names the user alone, it takes two seconds.)',
        steps: [{ button: 'Sign in once more', opens: 'shop', afterwards: 'Choose a user in the window of the shop.' }],
        cameTrue: (event) =>
          event.type === 'item' && event.kind === 'session' && event.attributes.cause === undefined
            ? 'Signed in. The session stays.'
            : undefined,
      },
    ],
  },
];

const KEYS = {
  'keys-rotated': 'The OP signs with a new key now. Sign in, and sign out at the OP.',
  'keys-offline': 'Offline. Sign in, and sign out at the OP: it still works.',
  'keys-online': 'The keys can be fetched again.',
};
const TABLE = {
  'table-down': 'DynamoDB is down. Sign out at the OP.',
  'table-up': 'DynamoDB is up. The logout is finished at its next try, in about half a minute.',
};
const LOGIN = {
  'login-held': 'The login is held. Sign out at the OP, then let it finish.',
  'login-released': 'The login goes on.',
  'login-refused': 'Refused, as it must be: the login was older than the logout.',
};

function isDeferred(event: NumberedEvent): boolean {
  return event.type === 'answer' && event.reason === 'deferred';
}

/** Of a logout whose key is not known yet. */
function answerWords(success: string, event: NumberedEvent): string | undefined {
  if (isDeferred(event)) {
    return 'Not decided yet: the receiver asks the OP for keys once in 25 seconds at most. The logout is kept until then.';
  }
  return event.type === 'answer' && event.status === 200 ? success : undefined;
}

function finishedWords(event: NumberedEvent): string | undefined {
  return event.type === 'log' && event.message === 'deferred_logout_completed'
    ? 'The kept logout is finished.'
    : undefined;
}

function stageWords(words: Readonly<Record<string, string>>, event: NumberedEvent): string | undefined {
  return event.type === 'stage' ? words[event.what] : undefined;
}

function forged(kind: string, title: string, why: string, reason: string): Try {
  return {
    id: kind,
    title,
    expect: `${why} Refused: ${reason}.`,
    steps: [{ button: 'Send it', does: ['forge', { kind }] }],
    cameTrue: (event) =>
      event.type === 'answer' && event.reason === reason ? `Refused: ${reason}.` : answerWords('Accepted!', event),
  };
}
