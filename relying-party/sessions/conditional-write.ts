/**
 * Waits for a conditional write.
 *
 * By the error's name, not its class: the caller's client may come from another copy of the AWS SDK.
 *
 * @returns what the write answers, or undefined where its condition did not hold
 * @throws whatever else the write throws
 */
export async function unlessRefused<Output>(write: Promise<Output>): Promise<Output | undefined> {
  try {
    return await write;
  } catch (error) {
    if (isRefusal(error)) {
      return undefined;
    }
    throw error;
  }
}

/**
 * What is known of a conditional write. `unclear`: its condition did not hold, but the AWS SDK had sent it before, since an
 * answer was lost or late. So it may have been carried out, and something else may have changed the item since.
 */
export type WriteOutcome = 'written' | 'refused' | 'unclear';

/**
 * Waits for a conditional write that must not be carried out a second time once something else has followed it.
 *
 * @throws whatever else the write throws
 */
export async function outcomeOf(write: Promise<unknown>): Promise<WriteOutcome> {
  try {
    await write;
    return 'written';
  } catch (error) {
    if (isRefusal(error)) {
      return error.$metadata?.attempts === 1 ? 'refused' : 'unclear';
    }
    throw error;
  }
}

/** As the AWS SDK throws it. `attempts` is how often it has sent the request. */
interface Refusal extends Error {
  readonly $metadata?: { readonly attempts?: number };
}

function isRefusal(error: unknown): error is Refusal {
  return error instanceof Error && error.name === 'ConditionalCheckFailedException';
}
