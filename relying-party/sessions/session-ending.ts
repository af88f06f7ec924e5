import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { unlessRefused } from './conditional-write.ts';
import type { RelyingPartyIdentity, SubjectScope } from './item-keys.ts';
import { itemOf, partitionsOf, sessionFrom, sessionKey } from './session.ts';
import { deletePointers, type PointersOfSession, pointerPages, type SessionPointer } from './session-pointer.ts';
import type { SessionsTable } from './sessions-table.ts';

/** Sessions ended at once, as many as the AWS SDK opens connections by default. */
const CONCURRENCY = 50;
/** How long the end of a session is kept, in seconds: longer than the write of the session can be under way. */
export const END_KEPT_SECONDS = 86_400;

/** What of a session does not stay in its end. `data` is a word that DynamoDB reserves. */
export const ENDING_REMOVES = '#sub, sid, #data, idTokenIssuedAt, createdAt, latestExpiresAt';

/** What an end says of itself, for the readers of the table's stream. */
export interface EndReason {
  readonly cause: 'logout' | 'deleted';
  /** Of the logout. */
  readonly scope?: 'sid' | 'sub';
}

/** What a logout has ended, and what it has left. */
export interface EndedSessions {
  /** The `sub` of each session that was there. */
  readonly subs: readonly string[];
  /** `iat`s of the ID tokens of the logins that stay, since they are dated after the logout. Epoch seconds. */
  readonly laterLogins: readonly number[];
}

/** Sessions of a scope that have ended, and whose pointers may still be there. */
export interface EndedFirst {
  readonly subs: readonly string[];
  readonly pointers: readonly SessionPointer[];
}

/**
 * Ends sessions of a scope before its marker stands, or while it is being written. It takes no pointer away: a login
 * under way that no marker forbids yet may get past its end, and must be found by `endSessionsInScope`.
 *
 * @param partition of the scope
 * @param pointers to sessions that were issued at or before the logout
 * @param now epoch seconds
 * @returns those that were there, and that can never be written again
 */
export async function endFirst(
  table: SessionsTable,
  partition: string,
  pointers: readonly SessionPointer[],
  now: number,
): Promise<EndedFirst> {
  const there = (await endEach(table, partition, pointers, now)).filter(({ outcome }) => outcome === 'was there');
  return { subs: there.flatMap(({ sub }) => sub ?? []), pointers: there.map(({ pointer }) => pointer) };
}

/**
 * Ends the sessions that a scope's pointers name and that were issued at or before a time. The scope's marker must
 * stand at that time or later.
 *
 * @param partition of the scope
 * @param notBefore epoch seconds
 * @param now epoch seconds
 * @param signal where given, nothing more is ended once it is aborted
 * @param endedFirst what has ended by now, whose pointers are deleted beside
 * @throws the signal's reason, where it was aborted before all had ended
 */
export async function endSessionsInScope(
  table: SessionsTable,
  partition: string,
  notBefore: number,
  now: number,
  signal?: AbortSignal,
  endedFirst: EndedFirst = { subs: [], pointers: [] },
): Promise<EndedSessions> {
  const [rest] = await Promise.all([
    endOthersInScope(table, partition, notBefore, now, endedFirst.pointers, signal),
    deletePointers(table, endedFirst.pointers),
  ]);
  return { subs: [...endedFirst.subs, ...rest.subs], laterLogins: rest.laterLogins };
}

async function endOthersInScope(
  table: SessionsTable,
  partition: string,
  notBefore: number,
  now: number,
  ended: readonly SessionPointer[],
  signal?: AbortSignal,
): Promise<EndedSessions> {
  const subs: string[] = [];
  const laterLogins: number[] = [];
  const nameOf = ({ idHash, creation }: SessionPointer) => `${idHash} ${creation}`;
  const names = new Set(ended.map(nameOf));
  for await (const page of pointerPages(table, partition)) {
    // A session issued later belongs to a login made since: a logout delivered late or again must not end it.
    const covered = page.filter((pointer) => pointer.idTokenIssuedAt <= notBefore && !names.has(nameOf(pointer)));
    laterLogins.push(...page.map(({ idTokenIssuedAt }) => idTokenIssuedAt).filter((issuedAt) => issuedAt > notBefore));
    subs.push(...(await endPointed(table, partition, covered, (outcome) => outcome !== 'other', now, signal)));
  }
  return { subs, laterLogins };
}

/**
 * Ends the sessions that a scope's pointers name, whenever they were issued: also those that no marker forbids.
 *
 * @param partition of the scope
 * @param now epoch seconds
 * @returns the `sub` of each session that was there
 */
export async function endAllSessionsInScope(table: SessionsTable, partition: string, now: number): Promise<string[]> {
  const subs: string[] = [];
  for await (const page of pointerPages(table, partition)) {
    // Where no marker refuses it, a login may get past its own end: another login of its id can have replaced that.
    const isDead = (outcome: Outcome) => outcome === 'was there';
    subs.push(...(await endPointed(table, partition, page, isDead, now)));
  }
  return subs;
}

/**
 * What has the place of a session after an attempt to end it: its end, which was written over it (`was there`) or
 * stands there without one (`ended`), or something of another creation.
 */
type Outcome = 'was there' | 'ended' | 'other';

/**
 * Ends sessions, and deletes the pointers to those that can never be written again. The pointers to others stay, so
 * that the next logout finds a session that is written yet.
 *
 * @param isDead whether a session of that outcome can never be written again
 * @returns the `sub` of each session that was there
 */
async function endPointed(
  table: SessionsTable,
  partition: string,
  pointers: readonly SessionPointer[],
  isDead: (outcome: Outcome) => boolean,
  now: number,
  signal?: AbortSignal,
): Promise<string[]> {
  const subs: string[] = [];
  for (let start = 0; start < pointers.length; start += CONCURRENCY) {
    signal?.throwIfAborted();
    const batch = await endEach(table, partition, pointers.slice(start, start + CONCURRENCY), now);
    await deletePointers(
      table,
      batch.filter(({ outcome }) => isDead(outcome)).map(({ pointer }) => pointer),
    );
    subs.push(...batch.flatMap(({ sub }) => sub ?? []));
  }
  return subs;
}

/** All at once. */
async function endEach(table: SessionsTable, partition: string, pointers: readonly SessionPointer[], now: number) {
  const reason: EndReason = { cause: 'logout', scope: partition.startsWith('SID#') ? 'sid' : 'sub' };
  return await Promise.all(
    pointers.map(async (pointer) => ({ pointer, ...(await endSession(table, pointer, reason, now)) })),
  );
}

/**
 * Ends a session, whatever its scope: the local sign-out.
 *
 * @param owner where given, sessions of others stay
 * @param now epoch seconds
 * @param creation where given, another session that has the id by now stays
 * @returns whether the session was there; one that is over and not deleted yet counts
 */
export async function endSessionById(
  table: SessionsTable,
  idHash: string,
  owner: RelyingPartyIdentity | SubjectScope | undefined,
  now: number,
  creation?: string,
): Promise<boolean> {
  const wanted = { ...owner, ...(creation !== undefined && { creation }) };
  const isWanted = Object.keys(wanted).map((name) => `#${name} = :${name}`);
  const condition = ['attribute_exists(pk)', 'attribute_not_exists(endedAt)', ...isWanted].join(' AND ');
  const ending = await writeEnd(table, idHash, { cause: 'deleted' }, now, condition, wanted);
  const session = ending?.old && sessionFrom(ending.old);
  if (!session) {
    return false;
  }
  await deletePointers(table, [{ ...session, partitions: partitionsOf(session) }]);
  return true;
}

/**
 * Ends what one `create` wrote, or is about to write: the session first, then the pointers to it. Were it the other way
 * round, a run that dies between the two would leave a session that nothing finds.
 *
 * @param now epoch seconds
 */
export async function endCreation(table: SessionsTable, pointers: PointersOfSession, now: number): Promise<void> {
  await endSession(table, pointers, { cause: 'deleted' }, now);
  await deletePointers(table, [pointers]);
}

/**
 * Ends a session again that took the place of its own end. Within a table nothing writes over an end. Between the regions of
 * a global table, of two writes of an item the later one wins, whatever its condition was: a save in one region can undo the
 * end that a logout wrote in another one within the time of replication.
 *
 * @param now epoch seconds
 * @returns whether the session was there still
 */
export async function endBroughtBack(
  table: SessionsTable,
  { idHash, creation }: Pick<SessionPointer, 'idHash' | 'creation'>,
  reason: EndReason,
  now: number,
): Promise<boolean> {
  const { outcome } = await endSession(table, { idHash, creation }, reason, now);
  return outcome === 'was there';
}

/** @returns `sub` where the session was there */
async function endSession(
  table: SessionsTable,
  { idHash, creation }: Pick<SessionPointer, 'idHash' | 'creation'>,
  reason: EndReason,
  now: number,
): Promise<{ readonly outcome: Outcome; readonly sub?: string }> {
  // An end stays as it is: a successor that it names must find itself there.
  const condition =
    'attribute_not_exists(pk) OR creation = :creation AND attribute_not_exists(endedAt) OR successor = :creation';
  const ending = await writeEnd(table, idHash, { ...reason, creation }, now, condition);
  if (!ending) {
    // Not by `ReturnValuesOnConditionCheckFailure`: older copies of the AWS SDK do not hand the item over.
    const holder = await itemOf(table, idHash);
    return { outcome: holder?.creation === creation ? 'ended' : 'other' };
  }
  const { old } = ending;
  return old?.creation === creation ? { outcome: 'was there', sub: String(old.sub) } : { outcome: 'ended' };
}

/**
 * Writes over a session that it has ended. Also where the session is not there: the write that makes it can be under
 * way, be sent again by the AWS SDK or be carried out late, and must find the id taken.
 *
 * @param wanted attributes that the condition names
 * @returns what was there, or undefined where the condition did not hold
 */
async function writeEnd(
  { client, tableName }: SessionsTable,
  idHash: string,
  end: EndReason & { readonly creation?: string },
  now: number,
  condition: string,
  wanted: Readonly<Record<string, string>> = {},
): Promise<{ readonly old: Record<string, unknown> | undefined } | undefined> {
  const assignments = ['endedAt = :now', 'expiresAt = :kept', ...Object.keys(end).map((name) => `#${name} = :${name}`)];
  const attributes = Object.entries({ ...end, ...wanted });
  const ending = await unlessRefused(
    client.send(
      new UpdateCommand({
        TableName: tableName,
        Key: sessionKey(idHash),
        UpdateExpression: `SET ${assignments.join(', ')} REMOVE ${ENDING_REMOVES}, successor`,
        ConditionExpression: condition,
        ExpressionAttributeNames: {
          ...Object.fromEntries(attributes.map(([name]) => [`#${name}`, name])),
          '#sub': 'sub',
          '#data': 'data',
        },
        ExpressionAttributeValues: {
          ...Object.fromEntries(attributes.map(([name, value]) => [`:${name}`, value])),
          ':now': now,
          ':kept': now + END_KEPT_SECONDS,
        },
        ReturnValues: 'ALL_OLD',
      }),
    ),
  );
  return ending && { old: ending.Attributes };
}
