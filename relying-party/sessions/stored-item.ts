/** Attributes by their names, as a document client reads them. */
export type StoredItem = Readonly<Record<string, unknown>>;

/** An item is not as this library writes it. Nothing of what it holds is in the message. */
export class StoredItemError extends Error {
  override readonly name = 'StoredItemError';
}

/** @throws StoredItemError where the attribute is missing, or is no text */
export function textIn(item: StoredItem, name: string): string {
  const value = item[name];
  if (typeof value !== 'string') {
    throw new StoredItemError(`the item has no text in ${name}`);
  }
  return value;
}

/** @throws StoredItemError where the attribute is no text */
export function optionalTextIn(item: StoredItem, name: string): string | undefined {
  return item[name] === undefined ? undefined : textIn(item, name);
}

/**
 * Whatever a document client makes of a number: it may be told to make a BigInt or an object of it.
 *
 * @throws StoredItemError where the attribute is missing, or is no number
 */
export function numberIn(item: StoredItem, name: string): number {
  const value = Number(item[name]);
  if (!Number.isFinite(value)) {
    throw new StoredItemError(`the item has no number in ${name}`);
  }
  return value;
}

/** @throws StoredItemError where the attribute is no number */
export function optionalNumberIn(item: StoredItem, name: string): number | undefined {
  return item[name] === undefined ? undefined : numberIn(item, name);
}

/** @returns the number of the attribute, or where it has none, the fallback */
export function numberInOr(item: StoredItem, name: string, fallback: number): number {
  const value = Number(item[name]);
  return Number.isFinite(value) ? value : fallback;
}
