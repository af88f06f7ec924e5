import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { SecretSource } from '../../../receiver/secrets/secret-source.ts';

let kept: string | Error;
let reads: number;

beforeEach(() => {
  kept = 'first';
  reads = 0;
});

afterEach(() => {
  vi.useRealTimers();
});

const newSource = () =>
  new SecretSource(async () => {
    reads++;
    if (kept instanceof Error) {
      throw kept;
    }
    return kept;
  });

function passSeconds(seconds: number): void {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + seconds * 1000 });
}

it('a secret is read once, and again when it is five minutes old', async () => {
  const source = newSource();
  passSeconds(0);
  expect([await source.read('a'), await source.read('a')]).toEqual(['first', 'first']);
  kept = 'second';
  passSeconds(299);
  expect(await source.read('a')).toBe('first');
  expect(reads).toBe(1);
  passSeconds(1);
  expect(await source.read('a')).toBe('second');
  expect(reads).toBe(2);
});

it('secrets are told apart by their name', async () => {
  const source = new SecretSource(async (secretId) => `of ${secretId}`);
  expect([await source.read('a'), await source.read('b')]).toEqual(['of a', 'of b']);
});

it('a secret that did not fit is read again, but however often that happens, not within thirty seconds', async () => {
  const source = newSource();
  passSeconds(0);
  await source.read('a');
  kept = 'rotated';
  for (let attempt = 0; attempt < 20; attempt++) {
    expect(await source.readAgain('a')).toBe('first');
  }
  expect(reads).toBe(1);
  passSeconds(30);
  expect(await source.readAgain('a')).toBe('rotated');
  expect(await source.read('a')).toBe('rotated');
  expect(reads).toBe(2);
});

it('a secret that cannot be read is asked for again after thirty seconds', async () => {
  const source = newSource();
  passSeconds(0);
  kept = new Error('throttled');
  for (let attempt = 0; attempt < 20; attempt++) {
    await expect(source.read('a')).rejects.toThrow('throttled');
  }
  expect(reads).toBe(1);
  passSeconds(30);
  kept = 'first';
  expect(await source.read('a')).toBe('first');
});

it('while a secret cannot be read, the value known last is used for a day, and no longer', async () => {
  const source = newSource();
  passSeconds(0);
  await source.read('a');
  kept = new Error('throttled');
  passSeconds(86_399);
  for (let attempt = 0; attempt < 20; attempt++) {
    expect(await source.read('a')).toBe('first');
  }
  expect(reads).toBe(2);
  passSeconds(1);
  await expect(source.read('a')).rejects.toThrow('throttled');
});

it('whether a secret was rotated is not known while it cannot be read', async () => {
  const source = newSource();
  passSeconds(0);
  await source.read('a');
  kept = new Error('throttled');
  passSeconds(30);
  await expect(source.readAgain('a')).rejects.toThrow('throttled');
  await expect(source.readAgain('a')).rejects.toThrow('throttled');
  expect(await source.read('a')).toBe('first');
  expect(reads).toBe(2);
});
