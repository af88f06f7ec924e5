import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type CryptoKey, exportJWK, type GenerateKeyPairResult, generateKeyPair, importJWK, type JWK } from 'jose';
import { inject } from 'vitest';

const free = new Map<string, GenerateKeyPairResult[]>();
const freeRsaKeys: JWK[] = [];
let rsaKeys = 0;

/** Key pairs for one user at a time, by algorithm. */
export interface LentKeyPairs {
  /** An extractable key pair that nobody else has now. */
  take(alg: string): Promise<GenerateKeyPairResult>;
  /** Gives all back, for the next user in this process: RSA keys cost more to make than most tests. */
  giveBack(): void;
}

export function lentKeyPairs(): LentKeyPairs {
  const taken: [alg: string, pair: GenerateKeyPairResult][] = [];
  const takenRsaKeys: JWK[] = [];
  return {
    async take(alg) {
      if (/^(RS|PS)/.test(alg)) {
        const key = freeRsaKeys.pop() ?? (await rsaKeyOfRun(rsaKeys++));
        takenRsaKeys.push(key);
        const { kty = 'RSA', n = '', e = '' } = key;
        return { privateKey: await imported(key, alg), publicKey: await imported({ kty, n, e }, alg) };
      }
      const pair = free.get(alg)?.pop() ?? (await generateKeyPair(alg, { extractable: true }));
      taken.push([alg, pair]);
      return pair;
    },
    giveBack() {
      freeRsaKeys.push(...takenRsaKeys.splice(0));
      for (const [alg, pair] of taken.splice(0)) {
        free.set(alg, [...(free.get(alg) ?? []), pair]);
      }
    },
  };
}

/** The n-th RSA key of each process: whoever needs it first makes it for all. */
async function rsaKeyOfRun(n: number): Promise<JWK> {
  const directory = inject('keysDirectory');
  const file = directory && join(directory, `rsa-${n}.json`);
  if (file && existsSync(file)) {
    return JSON.parse(readFileSync(file, 'utf8'));
  }
  const key = await exportJWK((await generateKeyPair('RS256', { extractable: true })).privateKey);
  if (file) {
    const own = `${file}.${randomUUID()}`;
    writeFileSync(own, JSON.stringify(key), { mode: 0o600 });
    renameSync(own, file);
  }
  return key;
}

async function imported(jwk: JWK, alg: string): Promise<CryptoKey> {
  const key = await importJWK(jwk, alg, { extractable: true });
  if (key instanceof Uint8Array) {
    throw new Error(`a key for ${alg} is no secret`);
  }
  return key;
}
