import type { Adapter, AdapterPayload, ClientAuthorizationState } from 'oidc-provider';

/** What `oidc-provider` keeps: sessions, grants, codes. In memory, which is enough for a sample. */
export class OpStorage {
  readonly #kept = new Map<string, Kept>();

  /** What `oidc-provider` reads and writes those of a model with. */
  adapterOf(model: string): Adapter {
    const kept = this.#kept;
    const keyOf = (id: string) => `${model} ${id}`;
    const find = (isIt: (payload: AdapterPayload) => boolean) =>
      this.#live(model).find(({ payload }) => isIt(payload))?.payload;
    return {
      async upsert(id, payload, expiresIn = Infinity) {
        // At the end of those that are there, also where it is one of them.
        kept.delete(keyOf(id));
        kept.set(keyOf(id), { model, payload, expiresAt: Date.now() + expiresIn * 1000 });
      },
      find: async (id) => {
        const found = kept.get(keyOf(id));
        return found && isLive(found) ? found.payload : undefined;
      },
      findByUid: async (uid) => find((payload) => payload.uid === uid),
      findByUserCode: async (userCode) => find((payload) => payload.userCode === userCode),
      async consume(id) {
        Object.assign(kept.get(keyOf(id))?.payload ?? {}, { consumed: Math.floor(Date.now() / 1000) });
      },
      async destroy(id) {
        kept.delete(keyOf(id));
      },
      async revokeByGrantId(grantId) {
        for (const [key, { payload }] of kept) {
          if (payload.grantId === grantId) {
            kept.delete(key);
          }
        }
      },
    };
  }

  /** The sessions of the OP in which somebody is signed in, the one that was used last at the end. */
  sessions(): readonly StoredSession[] {
    return this.#live('Session').flatMap(({ payload }) => {
      const { jti: id, accountId: account, authorizations = {} } = payload;
      return id === undefined || account === undefined ? [] : [{ id, account, authorizations }];
    });
  }

  #live(model: string): readonly Kept[] {
    return [...this.#kept.values()].filter((kept) => kept.model === model && isLive(kept));
  }
}

export interface StoredSession {
  readonly id: string;
  readonly account: string;
  /** By client id. */
  readonly authorizations: Readonly<Record<string, ClientAuthorizationState>>;
}

interface Kept {
  readonly model: string;
  readonly payload: AdapterPayload;
  /** Epoch milliseconds. */
  readonly expiresAt: number;
}

function isLive({ expiresAt }: Kept): boolean {
  return expiresAt > Date.now();
}
