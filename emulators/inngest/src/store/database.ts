import type { SQLInputValue } from 'node:sqlite';
import { openStorage } from '@frontdesk/emulator-kit';
import { migrations } from './schema.ts';

/** The statements of one SQLite file, and the transaction that all writes of a turn of the event loop share. */
export interface Database {
  /** Prepares a query; `Row` is what its columns are. Reads see what the open transaction has written. */
  read<Row>(sql: string): {
    first(...values: SQLInputValue[]): Row | undefined;
    all(...values: SQLInputValue[]): Row[];
  };
  /** Prepares a statement that writes. Answers how many rows it changed and the last row number it gave. */
  write(sql: string): (...values: SQLInputValue[]) => { changes: number; lastInsertRowid: number };
  /** Resolves when everything written so far is on disk: only then may it be acknowledged. */
  committed(): Promise<void>;
  /** Whether something is written and not yet on disk. */
  isWriting(): boolean;
  /** Calls `listener` after each commit: what others may only see once it is kept starts here. */
  onCommit(listener: () => void): void;
  /** Commits what is open and closes the file. */
  close(): void;
}

/**
 * Opens the emulator's file, or memory without `dataDir`. The first write of a turn opens a transaction; when the turn
 * ends it is committed as one: a thousand events that arrive together cost one write to the log.
 *
 * @throws EmulatorError when the file cannot be used
 */
export function openDatabase(dataDir: string | undefined): Database {
  const storage = openStorage({ dataDir, name: 'inngest', migrations });
  const { db } = storage;
  const listeners: (() => void)[] = [];
  const begin = db.prepare('BEGIN IMMEDIATE');
  const end = db.prepare('COMMIT');
  let commit: PromiseWithResolvers<void> | undefined;

  const finish = () => {
    const { resolve } = commit as PromiseWithResolvers<void>;
    end.run();
    commit = undefined;
    resolve();
    for (const listener of listeners) listener();
  };
  const open = () => {
    if (commit) return;
    begin.run();
    commit = Promise.withResolvers();
    setImmediate(() => {
      if (commit) finish();
    });
  };

  return {
    read<Row>(sql: string) {
      const statement = db.prepare(sql);
      return {
        first: (...values) => statement.get(...values) as Row | undefined,
        all: (...values) => statement.all(...values) as Row[],
      };
    },
    write(sql) {
      const statement = db.prepare(sql);
      return (...values) => {
        open();
        const { changes, lastInsertRowid } = statement.run(...values);
        return { changes: Number(changes), lastInsertRowid: Number(lastInsertRowid) };
      };
    },
    committed: () => commit?.promise ?? Promise.resolve(),
    isWriting: () => commit !== undefined,
    onCommit: (listener) => void listeners.push(listener),
    close() {
      if (commit) finish();
      storage.close();
    },
  };
}
