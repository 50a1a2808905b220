import { CommandError, writeConflict } from '../errors.ts';
import type { DocumentChange } from './change.ts';
import type { Collection } from './collection.ts';
import type { Store } from './store.ts';
import { UnitOfWork } from './unit-of-work.ts';

/**
 * A transaction: a snapshot of everything, and the changes made to it. It sees no later change of others, and they see
 * none of its own before it is committed. A document that another one has changed meanwhile is a write conflict at once.
 */
export class Transaction {
  readonly work: UnitOfWork;
  /** When it began, in milliseconds since the epoch. */
  readonly since = Date.now();
  /** Resolves when it is committed or aborted. */
  readonly over: Promise<void>;
  private readonly store: Store;
  private end: () => void = () => {};

  constructor(store: Store) {
    this.store = store;
    this.work = new UnitOfWork(store.catalog.fork(), store.numbers, (change, collection) =>
      this.claim(change, collection),
    );
    this.over = new Promise((resolve) => {
      this.end = resolve;
    });
  }

  private claim(change: DocumentChange, collection: Collection): void {
    const { holds, catalog } = this.store;
    const holder = holds.holder(change, collection);
    if (holder && holder !== this) throw writeConflict();
    if (!holder && this.isStale(change, catalog.get(change.namespace))) throw writeConflict();
    holds.take(change, collection, this);
  }

  /** Whether others changed, since the snapshot, what is to be changed now. */
  private isStale({ before, after }: DocumentChange, latest: Collection | undefined): boolean {
    if (!latest) return before !== undefined;
    const current = latest.byId((after ?? before)?.id ?? '');
    if (current !== before) return true;
    if (!after) return false;
    const document = latest.document(after);
    return latest.indexes.some((index) => index.rival(index.keys(document), after.number) !== undefined);
  }

  /**
   * Makes all of it happen, or nothing.
   *
   * @throws CommandError WriteConflict where others changed the same meanwhile
   */
  commit(): void {
    this.store.holds.release(this);
    const work = this.store.begin();
    try {
      for (const change of this.work.changes) {
        if (change.kind === 'create' && this.store.catalog.get(change.namespace)) throw writeConflict();
        this.store.catalog.apply(change);
        work.changes.push(change);
      }
    } catch (error) {
      work.undo();
      throw error instanceof CommandError ? writeConflict() : error;
    } finally {
      this.end();
    }
    this.store.keep(work);
  }

  abort(): void {
    this.store.holds.release(this);
    this.end();
  }
}
