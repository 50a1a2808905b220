import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { EmulatorError } from './errors.ts';

export interface StorageOptions {
  /** The folder that holds the file; it is made where it is missing. Without one, all is in memory. */
  dataDir?: string | undefined;
  /**
   * Without a data folder, lets what does not fit into SQLite's cache go to a temporary file that nobody else sees, so
   * that memory stays bounded however much is stored.
   */
  spill?: boolean | undefined;
  /** The file's name without its ending, such as `clerk`. */
  name: string;
  /** The SQL that leads from each schema version to the next. Only ever append to it. */
  migrations: readonly string[];
}

export interface Storage {
  db: DatabaseSync;
  /** The file's path, or undefined where all is in memory. */
  file: string | undefined;
  /** Runs `work` as one transaction: all of it is kept, or nothing. Not to be nested. */
  transaction<T>(work: () => T): T;
  close(): void;
}

/**
 * Opens an emulator's state: one SQLite file, held by one process at a time. An acknowledged write survives kill -9
 * (write-ahead log, synchronous NORMAL); a power cut may take the last few.
 *
 * @throws EmulatorError `storage_in_use`, `storage_broken`, `storage_newer` or `storage_not_writable`
 */
export function openStorage({ dataDir, spill, name, migrations }: StorageOptions): Storage {
  const file = dataDir === undefined ? undefined : join(dataDir, `${name}.sqlite`);
  const db = open(file ?? (spill ? TEMPORARY_FILE : ':memory:'), dataDir);
  try {
    // Exclusive before the first access: the lock is then held until the process ends, however it ends.
    db.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL');
    db.exec('BEGIN IMMEDIATE; COMMIT');
    migrate(db, file, migrations);
  } catch (cause) {
    db.close();
    throw explain(cause, file);
  }
  return { db, file, transaction: (work) => transaction(db, work), close: () => db.close() };
}

/** What SQLite calls a database of its own in a file that is deleted with it (sqlite.org/inmemorydb.html). */
const TEMPORARY_FILE = '';

function open(file: string, dataDir: string | undefined): DatabaseSync {
  try {
    if (dataDir !== undefined) mkdirSync(dataDir, { recursive: true });
    return new DatabaseSync(file);
  } catch (cause) {
    throw new EmulatorError(
      'storage_not_writable',
      `cannot write to ${file}: make the folder ${dataDir} writable, or choose another one`,
      { cause },
    );
  }
}

function migrate(db: DatabaseSync, file: string | undefined, migrations: readonly string[]): void {
  const version = Number(db.prepare('PRAGMA user_version').get()?.user_version);
  if (version > migrations.length) {
    throw new EmulatorError(
      'storage_newer',
      `${file} was written by a newer version (schema ${version}, this one knows ${migrations.length}): ` +
        'use that version, or remove the file to begin anew',
    );
  }
  for (const [step, sql] of migrations.entries()) {
    if (step < version) continue;
    transaction(db, () => db.exec(`${sql}; PRAGMA user_version = ${step + 1}`));
  }
}

function transaction<T>(db: DatabaseSync, work: () => T): T {
  db.exec('BEGIN IMMEDIATE');
  try {
    const result = work();
    db.exec('COMMIT');
    return result;
  } catch (error) {
    db.exec('ROLLBACK');
    throw error;
  }
}

const SQLITE_BUSY = 5;
const SQLITE_READONLY = 8;
const SQLITE_CORRUPT = 11;
const SQLITE_CANTOPEN = 14;
const SQLITE_NOTADB = 26;

function explain(cause: unknown, file: string | undefined): unknown {
  const code = cause instanceof Error && 'errcode' in cause ? Number(cause.errcode) & 0xff : undefined;
  switch (code) {
    case SQLITE_BUSY:
      return new EmulatorError(
        'storage_in_use',
        `${file} is in use by another process: stop that one, or choose another data folder`,
        { cause },
      );
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
      return new EmulatorError('storage_not_writable', `cannot write to ${file}: make it writable`, {
        cause,
      });
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return new EmulatorError(
        'storage_broken',
        `${file} is not a readable SQLite file: restore it from a copy, or remove it to begin anew`,
        { cause },
      );
    default:
      return cause;
  }
}
