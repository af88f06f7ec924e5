import { FailedError } from '../command-error.ts';
import type { Finding } from '../finding.ts';

/**
 * Looks at one thing. That nobody may look at it, or that it is not there, is a finding too, and keeps from no other look.
 *
 * @param code of the finding where it cannot be looked at
 * @param what it is, for people
 */
export async function findingsOf(
  code: string,
  what: string,
  look: () => Promise<readonly Finding[]>,
): Promise<readonly Finding[]> {
  try {
    return await look();
  } catch (error) {
    if (!(error instanceof FailedError)) {
      throw error;
    }
    return [{ code, level: 'problem', text: `${what} cannot be looked at: ${error.message}` }];
  }
}
