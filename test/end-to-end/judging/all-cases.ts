import { CLAIM_CASES } from './claim-cases.ts';
import { ENCRYPTION_CASES } from './encryption-cases.ts';
import { HEADER_CASES } from './header-cases.ts';
import type { JudgedCase } from './judged-case.ts';
import { KEY_CASES } from './key-cases.ts';
import { REQUEST_CASES } from './request-cases.ts';
import { SERIALIZATION_CASES } from './serialization-cases.ts';

/** All cases, by what of a logout request they are about. */
export const ALL_CASES: readonly (readonly [subject: string, cases: readonly JudgedCase[]])[] = [
  ['request', REQUEST_CASES],
  ['serialization', SERIALIZATION_CASES],
  ['header', HEADER_CASES],
  ['claims', CLAIM_CASES],
  ['keys', KEY_CASES],
  ['encryption', ENCRYPTION_CASES],
];
