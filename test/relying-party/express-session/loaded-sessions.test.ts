import { expect, it } from 'vitest';
import { LoadedSessions } from '../../../relying-party/express-session/loaded-sessions.ts';

it('ten thousand ids are remembered, those that were used last, and objects as long as they are held', () => {
  const sessions = new LoadedSessions();
  const stored = { creation: 'c', expiresAt: 1 };
  const first = {};
  const remember = (id: string, object: object) =>
    sessions.remember(object, { id, stored, kept: '', login: undefined });
  remember('first', first);
  remember('used again', {});
  for (let count = 1; count < 10_000; count++) {
    remember(String(count), {});
    remember('used again', {});
  }
  expect(sessions.find({}, 'used again')).toBeDefined();
  expect(sessions.find({}, '1')).toBeDefined();
  expect(sessions.find({}, 'first')).toBeUndefined();
  expect(sessions.find(first, 'first')).toBeDefined();
});
