import type { StatementSync } from 'node:sqlite';
import { openStorage, type Storage } from '@frontdesk/emulator-kit';
import { decode } from '../bson/decode.ts';
import type { Document } from '../bson/document.ts';
import { encode } from '../bson/encode.ts';
import type { Catalog } from './catalog.ts';
import { type Change, isDocumentChange } from './change.ts';
import { CollectionIndex } from './collection-index.ts';
import type { IndexSpec } from './index-spec.ts';

const MIGRATIONS = [
  `CREATE TABLE collections (
     key INTEGER PRIMARY KEY,
     namespace TEXT NOT NULL,
     description BLOB NOT NULL -- BSON: options, indexes
   )`,
];

/** The data on disk: a table of collections, and one table of documents for each. */
export class Disk {
  private readonly storage: Storage;
  private readonly statements = new Map<string, StatementSync>();

  /** @throws EmulatorError where the folder cannot be used */
  constructor(dataDir: string) {
    this.storage = openStorage({ dataDir, name: 'mongo', migrations: MIGRATIONS });
  }

  /** Fills the catalog, and answers the greatest number in use. */
  load(catalog: Catalog): number {
    let greatest = 0;
    for (const row of this.storage.db.prepare('SELECT key, namespace, description FROM collections').all()) {
      const key = Number(row['key']);
      const { options, indexes } = decode(row['description'] as Uint8Array) as {
        options: Document;
        indexes: IndexSpec[];
      };
      const collection = catalog.add(String(row['namespace']), key, options);
      for (const spec of indexes) collection.indexes.push(new CollectionIndex(spec));
      collection.restore(this.documents(key));
      greatest = Math.max(greatest, key, this.greatestNumber(key));
    }
    return greatest;
  }

  /** The documents of a collection, in natural order. */
  private *documents(key: number): Generator<{ number: number; bytes: Uint8Array }> {
    const pack = packer();
    const rows = this.storage.db.prepare(`SELECT number, bson FROM documents_${key} ORDER BY number`);
    for (const row of rows.iterate())
      yield { number: Number(row['number']), bytes: pack(row['bson'] as Uint8Array) };
  }

  private greatestNumber(key: number): number {
    return Number(
      this.storage.db.prepare(`SELECT max(number) AS number FROM documents_${key}`).get()?.['number'] ?? 0,
    );
  }

  /** Writes what one command or transaction did: all of it, or nothing. */
  write(changes: readonly Change[], catalog: Catalog): void {
    this.storage.transaction(() => {
      for (const change of changes) this.writeOne(change, catalog);
    });
  }

  private writeOne(change: Change, catalog: Catalog): void {
    if (isDocumentChange(change)) {
      const { collection, before, after } = change;
      if (after)
        this.run(`INSERT OR REPLACE INTO documents_${collection} VALUES (?, ?)`, after.number, after.bytes);
      else if (before) this.run(`DELETE FROM documents_${collection} WHERE number = ?`, before.number);
      return;
    }
    if (change.kind === 'create') {
      this.storage.db.exec(
        `CREATE TABLE documents_${change.collection} (number INTEGER PRIMARY KEY, bson BLOB NOT NULL)`,
      );
    }
    if (change.kind === 'drop') {
      this.drop(change.dropped.key);
      return;
    }
    if (change.kind === 'rename' && change.dropped) this.drop(change.dropped.key);
    this.describe(change.collection, change.kind === 'rename' ? change.to : change.namespace, catalog);
  }

  private describe(key: number, namespace: string, catalog: Catalog): void {
    const collection = catalog.get(namespace);
    if (collection?.key !== key) return; // renamed or dropped later in the same command
    const description = encode({
      options: collection.options,
      indexes: collection.indexes.map(({ spec }) => spec),
    });
    this.run('INSERT OR REPLACE INTO collections VALUES (?, ?, ?)', key, namespace, description);
  }

  private drop(key: number): void {
    for (const sql of this.statements.keys())
      if (sql.includes(`documents_${key} `)) this.statements.delete(sql);
    this.storage.db.exec(`DROP TABLE documents_${key}`);
    this.run('DELETE FROM collections WHERE key = ?', key);
  }

  private run(sql: string, ...values: (number | string | Uint8Array)[]): void {
    let statement = this.statements.get(sql);
    if (!statement) {
      statement = this.storage.db.prepare(sql);
      this.statements.set(sql, statement);
    }
    statement.run(...values);
  }

  close(): void {
    this.storage.close();
  }
}

const SLAB_BYTES = 1024 * 1024;

/** Puts many small documents into few large buffers: each buffer of its own would cost as much again. */
function packer(): (bytes: Uint8Array) => Uint8Array {
  let slab = new Uint8Array(0);
  let used = 0;
  return (bytes) => {
    if (bytes.length > SLAB_BYTES / 8) return bytes;
    if (bytes.length > slab.length - used) [slab, used] = [new Uint8Array(SLAB_BYTES), 0];
    const packed = slab.subarray(used, used + bytes.length);
    packed.set(bytes);
    used += bytes.length;
    return packed;
  };
}
