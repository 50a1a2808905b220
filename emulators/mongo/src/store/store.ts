import { Catalog } from './catalog.ts';
import type { Change } from './change.ts';
import { Disk } from './disk.ts';
import { Blocked, Holds } from './holds.ts';
import { DecodedDocuments } from './record.ts';
import { Transaction } from './transaction.ts';
import { UnitOfWork } from './unit-of-work.ts';

export interface StoreOptions {
  /** The folder that holds the data; without one, all is in memory. */
  dataDir?: string | undefined;
}

/** The data: in memory, and on disk where a folder is given. */
export class Store {
  readonly catalog: Catalog;
  readonly holds = new Holds();
  private readonly disk: Disk | undefined;
  private readonly listeners = new Set<(changes: readonly Change[]) => void>();
  private last: number;
  readonly numbers = { next: () => ++this.last };

  /** @throws EmulatorError where the folder cannot be used */
  constructor({ dataDir }: StoreOptions) {
    const decoded = new DecodedDocuments();
    this.catalog = new Catalog(decoded);
    this.disk = dataDir === undefined ? undefined : new Disk(dataDir);
    this.last = this.disk?.load(this.catalog) ?? 0;
  }

  /** Begins a command outside transactions: it works on the data itself, and waits for who holds what it writes. */
  begin(): UnitOfWork {
    return new UnitOfWork(this.catalog, this.numbers, (change, collection) => {
      const holder = this.holds.holder(change, collection);
      if (holder) throw new Blocked(holder);
    });
  }

  beginTransaction(): Transaction {
    return new Transaction(this);
  }

  /** Makes what a command did last, all of it or nothing, and then known. */
  keep(work: UnitOfWork): void {
    const changes = work.changes.splice(0);
    if (changes.length === 0) return;
    try {
      this.disk?.write(changes, this.catalog);
    } catch (error) {
      work.changes.push(...changes);
      work.undo();
      throw error;
    }
    for (const listener of this.listeners) listener(changes);
  }

  /** Calls back with what each command and transaction changed, once it is kept. Answers how to stop that. */
  onChanges(listener: (changes: readonly Change[]) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  close(): void {
    this.disk?.close();
  }
}
