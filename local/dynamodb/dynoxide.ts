import { execFile } from 'node:child_process';
import { mkdtempSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { installedNode } from '../functions/lambda-node.ts';
import type { EngineProgram } from './dynamodb-engine.ts';

const FILE_NAME = 'dynoxide.sqlite';
/** A file system in memory, which all Linux systems have. Containers often have little of it. */
const MEMORY = '/dev/shm';
const LEAST_BYTES = 1024 ** 3;
/** Of a file system in memory: see statfs(2). */
const TMPFS_MAGIC = 0x0102_1994;

/**
 * With each write to a table that has a stream, and with each read of a stream, the engine looks for the highest number of
 * the table's stream records. It has no index for that, so it reads all records of all tables, and it never deletes one.
 */
const INDEX = `
  PRAGMA busy_timeout = 5000;
  CREATE INDEX IF NOT EXISTS logout_receiver_stream_records
    ON _stream_records (table_name, CAST(sequence_number AS INTEGER));`;
/** Writes why it fails to stdout: on stderr are warnings too. */
const EXECUTE = `
  try {
    const { DatabaseSync } = require('node:sqlite');
    const [, file, sql] = process.argv;
    const database = new DatabaseSync(file);
    database.exec(sql);
    database.close();
  } catch (error) {
    process.stdout.write(error.message);
  }`;

/**
 * The engine dynoxide, which keeps its data in SQLite. It always gets a file, since nothing outside of its process can
 * give an index to a database that it has in memory.
 *
 * @param path of its binary
 * @param launcher command line to start it by
 */
export function dynoxide(path: string, launcher: readonly string[]): EngineProgram {
  return {
    name: 'dynoxide',
    commandLine: (port, directory) => [
      ...launcher,
      path,
      ...['serve', '--port', `${port}`],
      ...(directory === undefined ? [] : ['--db-path', join(directory, FILE_NAME)]),
    ],
    database: { temporaryDirectory, addIndexes },
  };
}

/**
 * A new directory for data that need not outlive the engine: in memory, where there is room.
 *
 * @param memory where that is
 */
export function temporaryDirectory(memory = MEMORY): string {
  return mkdtempSync(join(hasRoom(memory) ? memory : tmpdir(), 'logout-receiver-dynamodb-'));
}

function hasRoom(path: string): boolean {
  try {
    const { type, bavail, bsize } = statfsSync(path);
    return type === TMPFS_MAGIC && bavail * bsize >= LEAST_BYTES;
  } catch {
    return false;
  }
}

/**
 * In a process of its own: the Node.js that runs this may be too old for node:sqlite.
 *
 * @throws Error where it cannot be done
 */
async function addIndexes(directory: string): Promise<void> {
  const node = installedNode()?.path ?? process.execPath;
  const args = ['--eval', EXECUTE, join(directory, FILE_NAME), INDEX];
  const { stdout: problem } = await promisify(execFile)(node, args, { env: {} });
  if (problem !== '') {
    throw new Error(problem);
  }
}
