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
    if (error instanceof Error && error.name === 'ConditionalCheckFailedException') {
      return undefined;
    }
    throw error;
  }
}
