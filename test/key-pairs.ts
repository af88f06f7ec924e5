import { type GenerateKeyPairResult, generateKeyPair } from 'jose';

const free = new Map<string, GenerateKeyPairResult[]>();

/** Key pairs for one user at a time, by algorithm. */
export interface LentKeyPairs {
  /** An extractable key pair that nobody else has now. */
  take(alg: string): Promise<GenerateKeyPairResult>;
  /** Gives all back, for the next user in this process: RSA keys cost more to make than most tests. */
  giveBack(): void;
}

export function lentKeyPairs(): LentKeyPairs {
  const taken: [alg: string, pair: GenerateKeyPairResult][] = [];
  return {
    async take(alg) {
      const pair = free.get(alg)?.pop() ?? (await generateKeyPair(alg, { extractable: true }));
      taken.push([alg, pair]);
      return pair;
    },
    giveBack() {
      for (const [alg, pair] of taken.splice(0)) {
        free.set(alg, [...(free.get(alg) ?? []), pair]);
      }
    },
  };
}
