import * as z from 'zod/mini';

const BatchResponse = z.nullish(
  z.object({ batchItemFailures: z.nullish(z.array(z.object({ itemIdentifier: z.string() }))) }),
);

/**
 * The items of a batch that a function says it has not done (ReportBatchItemFailures).
 *
 * @param returned by the function
 * @param identifiers of the items of the batch
 * @returns undefined where it is no valid response, or names what was not in the batch: then all count as not done
 */
export function failedItems(returned: unknown, identifiers: readonly string[]): ReadonlySet<string> | undefined {
  const { success, data } = BatchResponse.safeParse(returned);
  if (!success) {
    return undefined;
  }
  const failed = (data?.batchItemFailures ?? []).map(({ itemIdentifier }) => itemIdentifier);
  return failed.every((identifier) => identifiers.includes(identifier)) ? new Set(failed) : undefined;
}
