import type { DocumentChange } from './change.ts';
import type { Collection } from './collection.ts';
import type { CollectionIndex } from './collection-index.ts';
import type { Stored } from './record.ts';
import type { Transaction } from './transaction.ts';

/** Thrown where a write must wait until an open transaction is over: the command is taken back and run again then. */
export class Blocked extends Error {
  readonly by: Transaction;
  constructor(by: Transaction) {
    super('a write waits for a transaction');
    this.by = by;
  }
}

/** Which open transaction has written which document, or which key of a unique index. */
export class Holds {
  private readonly holders = new Map<string, Transaction>();

  /** The transaction that stands in the way of a change, if any. */
  holder(change: DocumentChange, collection: Collection): Transaction | undefined {
    if (this.holders.size === 0) return undefined;
    for (const slot of slotsOf(change, collection)) {
      const holder = this.holders.get(slot);
      if (holder) return holder;
    }
    return undefined;
  }

  take(change: DocumentChange, collection: Collection, holder: Transaction): void {
    for (const slot of slotsOf(change, collection)) this.holders.set(slot, holder);
  }

  release(holder: Transaction): void {
    for (const [slot, other] of this.holders) if (other === holder) this.holders.delete(slot);
  }
}

function* slotsOf({ before, after }: DocumentChange, collection: Collection): Generator<string> {
  const id = (after ?? before)?.id;
  yield `${collection.key} ${id}`;
  for (const index of collection.indexes) {
    if (!index.shape.unique) continue;
    for (const stored of [before, after]) if (stored) yield* keySlots(collection, index, stored);
  }
}

function* keySlots(collection: Collection, index: CollectionIndex, stored: Stored): Generator<string> {
  for (const key of index.keys(collection.document(stored)))
    yield `${collection.key} ${index.spec.name} ${key}`;
}
