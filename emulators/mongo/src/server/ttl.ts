import { isNumeric, toNumber } from '../bson/numbers.ts';
import { indexedValues } from '../bson/path.ts';
import type { Collection } from '../store/collection.ts';
import type { CollectionIndex } from '../store/collection-index.ts';
import { Blocked } from '../store/holds.ts';
import type { Store } from '../store/store.ts';

/** Removes the documents that TTL indexes say are over (https://www.mongodb.com/docs/manual/core/index-ttl/). */
export function removeExpired(store: Store, now: number): void {
  for (const collection of [...store.catalog.collections.values()]) {
    for (const index of collection.indexes) {
      const seconds = index.spec['expireAfterSeconds'];
      if (isNumeric(seconds)) removeFrom(store, collection, index, now - toNumber(seconds) * 1000);
    }
  }
}

function removeFrom(store: Store, collection: Collection, index: CollectionIndex, before: number): void {
  const path = index.shape.fields[0]?.path ?? [];
  const over = Array.from(collection.all()).filter((stored) => {
    const document = collection.document(stored);
    if (index.keys(document).length === 0) return false;
    const dates = indexedValues(document, path).filter((value) => value instanceof Date);
    return dates.some((date) => date.getTime() <= before);
  });
  const work = store.begin();
  for (const stored of over) {
    try {
      work.remove(collection, stored);
    } catch (error) {
      if (!(error instanceof Blocked)) throw error; // a transaction has it: the next round takes it
    }
  }
  store.keep(work);
}
