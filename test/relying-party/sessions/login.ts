import { randomUUID } from 'node:crypto';
import type { NewSession } from '../../../relying-party/sessions/index.ts';
import { epochSeconds } from '../../logout-token.ts';

/** A login of somebody new, ten seconds ago. */
export function login(changes: Partial<NewSession> = {}): NewSession {
  return {
    issuer: 'https://op.example.com',
    clientId: 'shop',
    sub: randomUUID(),
    sid: randomUUID(),
    idTokenIssuedAt: epochSeconds() - 10,
    expiresAt: epochSeconds() + 3600,
    data: {},
    ...changes,
  };
}
