import type { Document } from '../bson/document.ts';
import { encodeStored } from '../bson/encode.ts';
import { isNumeric, toNumber } from '../bson/numbers.ts';
import { orderKey } from '../bson/order.ts';
import { CommandError } from '../errors.ts';
import type { Catalog } from './catalog.ts';
import type { Change, DocumentChange } from './change.ts';
import type { Collection } from './collection.ts';
import type { IndexSpec } from './index-spec.ts';
import type { Stored } from './record.ts';

/** Numbers that are given out once: to collections and to documents. */
export interface Numbers {
  next(): number;
}

/**
 * What one command, or one transaction, reads and writes. Every write is noted, so that it can be written to disk as a
 * whole, or be taken back.
 */
export class UnitOfWork {
  readonly catalog: Catalog;
  readonly changes: Change[] = [];
  private readonly numbers: Numbers;
  private readonly claim: (change: DocumentChange, collection: Collection) => void;

  /** @param claim asked at each change of a document; it throws where another transaction stands in the way */
  constructor(
    catalog: Catalog,
    numbers: Numbers,
    claim: (change: DocumentChange, collection: Collection) => void,
  ) {
    this.catalog = catalog;
    this.numbers = numbers;
    this.claim = claim;
  }

  read(namespace: string): Collection | undefined {
    return this.catalog.get(namespace);
  }

  /** The collection; it is made where there is none. */
  ensure(namespace: string): Collection {
    return this.catalog.get(namespace) ?? this.create(namespace, {});
  }

  /** @throws CommandError DuplicateKey, BSONObjectTooLarge, or what stands in the way */
  insert(namespace: string, document: Document): void {
    const collection = this.ensure(namespace);
    const after = {
      number: this.numbers.next(),
      id: orderKey(document['_id']),
      bytes: encodeStored(document),
    };
    const change = {
      kind: 'insert',
      namespace,
      collection: collection.key,
      before: undefined,
      after,
    } as const;
    this.make(collection, change, document);
    if (collection.options['capped'] === true) this.trim(collection);
  }

  /** A capped collection gives up its oldest documents for new ones. */
  private trim(collection: Collection): void {
    const limit = (value: unknown) => (isNumeric(value) ? toNumber(value) : Number.POSITIVE_INFINITY);
    const [bytes, count] = [limit(collection.options['size']), limit(collection.options['max'])];
    const all = [...collection.all()];
    let held = all.reduce((sum, stored) => sum + stored.bytes.length, 0);
    for (const [at, oldest] of all.entries()) {
      const left = all.length - at;
      if (left === 1 || (held <= bytes && left <= count)) return;
      held -= oldest.bytes.length;
      this.remove(collection, oldest);
    }
  }

  update(
    collection: Collection,
    before: Stored,
    document: Document,
    bytes: Uint8Array,
    kind: 'update' | 'replace',
  ): void {
    const after = { number: before.number, id: before.id, bytes };
    this.make(
      collection,
      { kind, namespace: collection.namespace, collection: collection.key, before, after },
      document,
    );
  }

  remove(collection: Collection, before: Stored): void {
    const { namespace, key } = collection;
    this.make(
      collection,
      { kind: 'delete', namespace, collection: key, before, after: undefined },
      undefined,
    );
  }

  private make(collection: Collection, change: DocumentChange, document: Document | undefined): void {
    if (change.after && document) collection.decoded.remember(change.after, document);
    collection.replace(change.before, change.after);
    try {
      this.claim(change, collection);
    } catch (error) {
      collection.replace(change.after, change.before);
      throw error;
    }
    this.changes.push(change);
  }

  /** @throws CommandError InvalidNamespace */
  create(namespace: string, options: Document): Collection {
    checkNamespace(namespace);
    this.note({ kind: 'create', namespace, collection: this.numbers.next(), options });
    return this.catalog.need(namespace);
  }

  drop(collection: Collection): void {
    this.note({ kind: 'drop', namespace: collection.namespace, dropped: collection });
  }

  rename(collection: Collection, to: string): void {
    checkNamespace(to);
    const dropped = this.catalog.get(to);
    this.note({ kind: 'rename', namespace: collection.namespace, to, collection: collection.key, dropped });
  }

  setOptions({ namespace, key, options }: Collection, after: Document): void {
    this.note({ kind: 'options', namespace, collection: key, before: options, after });
  }

  /** Answers false where there is the same index already. */
  createIndex(collection: Collection, spec: IndexSpec): boolean {
    if (!collection.createIndex(spec)) return false;
    this.changes.push({
      kind: 'createIndex',
      namespace: collection.namespace,
      collection: collection.key,
      spec,
    });
    return true;
  }

  dropIndex(collection: Collection, name: string): void {
    const dropped = collection.indexes.find((index) => index.spec.name === name);
    if (dropped)
      this.note({ kind: 'dropIndex', namespace: collection.namespace, collection: collection.key, dropped });
  }

  private note(change: Change): void {
    this.catalog.apply(change);
    this.changes.push(change);
  }

  /** Takes back everything. */
  undo(): void {
    for (const change of this.changes.splice(0).reverse()) this.catalog.revert(change);
  }
}

/** https://www.mongodb.com/docs/manual/reference/limits/#naming-restrictions */
function checkNamespace(namespace: string): void {
  const dot = namespace.indexOf('.');
  const [database, collection] = [namespace.slice(0, dot), namespace.slice(dot + 1)];
  const valid =
    dot > 0 &&
    /^[^/\\. "$\0]{1,63}$/.test(database) &&
    collection !== '' &&
    !/[$\0]|^\.|\.$/.test(collection) &&
    namespace.length <= 255;
  if (!valid) throw new CommandError('InvalidNamespace', `Invalid namespace specified '${namespace}'`);
}
