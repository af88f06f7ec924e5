import { isObject, type JsonObject, ownMember } from '../../receiver/logout/json-object.ts';

/** An event of another kind than the function takes: it is wired to something else. Nothing of the event is in the message. */
export class EventError extends Error {
  override readonly name = 'EventError';
}

/** @throws EventError where it is none */
export function objectOf(event: unknown): JsonObject {
  return isObject(event) ? event : refuse('the event');
}

/** @throws EventError where it is missing, or is none */
export function objectIn(parent: JsonObject, name: string): JsonObject {
  const member = ownMember(parent, name);
  return isObject(member) ? member : refuse(name);
}

/** @throws EventError where it is missing, or is none */
export function textIn(parent: JsonObject, name: string): string {
  const member = ownMember(parent, name);
  return typeof member === 'string' ? member : refuse(name);
}

/**
 * @returns undefined where it is missing or null
 * @throws EventError where it is another thing
 */
export function optionalTextIn(parent: JsonObject, name: string): string | undefined {
  return (ownMember(parent, name) ?? null) === null ? undefined : textIn(parent, name);
}

/** @throws EventError where it is missing, or is none */
export function booleanIn(parent: JsonObject, name: string): boolean {
  const member = ownMember(parent, name);
  return typeof member === 'boolean' ? member : refuse(name);
}

function refuse(what: string): never {
  throw new EventError(`${what} is missing, or of another kind than in the events that this function takes`);
}
