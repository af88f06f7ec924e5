import * as z from 'zod/mini';
import type { StreamRecord } from '../dynamodb/dynamodb-streams.ts';
import type { ItemEvent, JsonObject } from './feed-event.ts';

/** Of an attribute's JSON: an application keeps in a session what it likes. */
const MOST_CHARACTERS = 4_000;

const CHANGES = { INSERT: 'put', MODIFY: 'changed', REMOVE: 'removed' } as const;

const Image = z.record(z.string(), z.record(z.string(), z.unknown()));
const Text = z.object({ S: z.string() });
const Change = z.object({
  eventName: z.enum(['INSERT', 'MODIFY', 'REMOVE']),
  dynamodb: z.object({
    Keys: z.object({ pk: Text, sk: Text }),
    NewImage: z.optional(Image),
    OldImage: z.optional(Image),
  }),
});

/** What a record of the sessions table's stream tells; undefined where it is of another table. */
export function itemEventOf(record: StreamRecord): ItemEvent | undefined {
  const { success, data } = Change.safeParse(record);
  if (!success) {
    return undefined;
  }
  const { Keys, NewImage, OldImage } = data.dynamodb;
  const [pk, sk] = [Keys.pk.S, Keys.sk.S];
  // A stream that is older than the template may have no old images.
  const attributes = attributesOf(NewImage ?? OldImage ?? {});
  return { type: 'item', change: CHANGES[data.eventName], kind: kindOf(pk, sk), pk, sk, attributes };
}

/** By its key, see `docs/data-model.md`. */
function kindOf(pk: string, sk: string): ItemEvent['kind'] {
  if (sk === 'NOT_BEFORE') {
    return 'not-before marker';
  }
  const [kind = ''] = pk.split('#', 1);
  const isPointer = sk.startsWith('SESSION#');
  if (isPointer && (kind === 'SUBJECT' || kind === 'SID')) {
    return kind === 'SID' ? 'pointer by sid' : 'pointer by sub';
  }
  return kind === 'SESSION' ? 'session' : kind === 'JTI' ? 'seen token' : 'other';
}

function attributesOf(image: z.infer<typeof Image>): JsonObject {
  return Object.fromEntries(Object.entries(image).map(([name, value]) => [name, bounded(plain(value))]));
}

function bounded(value: unknown): unknown {
  const { length } = JSON.stringify(value) ?? '';
  return length > MOST_CHARACTERS ? `(${length} characters)` : value;
}

/** The value of an attribute in place of DynamoDB's way of writing it. */
function plain(attribute: unknown): unknown {
  if (typeof attribute !== 'object' || attribute === null) {
    return undefined;
  }
  const [[type, value] = []] = Object.entries(attribute);
  switch (type) {
    case 'N':
      return Number(value);
    case 'NULL':
      return null;
    case 'L':
      return Array.isArray(value) ? value.map(plain) : undefined;
    case 'M':
      return Object.fromEntries(Object.entries(value ?? {}).map(([name, member]) => [name, plain(member)]));
    default:
      return value;
  }
}
