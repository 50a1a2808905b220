import { randomUUID } from 'node:crypto';
import { decode, decodeFields } from '../bson/decode.ts';
import type { Document } from '../bson/document.ts';
import { orderKey } from '../bson/order.ts';
import { CommandError } from '../errors.ts';
import { CollectionIndex, duplicateKey } from './collection-index.ts';
import { ID_INDEX, type IndexSpec, sameIndex, sameKey } from './index-spec.ts';
import type { DecodedDocuments, Stored } from './record.ts';
import { Tree } from './tree.ts';

/** One collection: its documents in natural order and by `_id`, and its indexes, kept in step. */
export class Collection {
  /** Its name on disk; it stays when the collection is renamed. */
  readonly key: number;
  readonly namespace: string;
  readonly options: Document;
  readonly uuid: string;
  readonly decoded: DecodedDocuments;
  private readonly records: Tree<number, Stored>;
  private readonly ids: Tree<string, Stored>;
  readonly indexes: CollectionIndex[];

  constructor(
    of: { key: number; namespace: string; options: Document; decoded: DecodedDocuments; uuid?: string },
    records = new Tree<number, Stored>(),
    ids = new Tree<string, Stored>(),
    indexes: CollectionIndex[] = [],
  ) {
    this.key = of.key;
    this.namespace = of.namespace;
    this.options = of.options;
    this.decoded = of.decoded;
    this.uuid = of.uuid ?? randomUUID();
    this.records = records;
    this.ids = ids;
    this.indexes = indexes;
  }

  /** The same collection for a transaction: neither sees what is done to the other from now on. */
  fork(): Collection {
    return new Collection(
      this,
      this.records.fork(),
      this.ids.fork(),
      this.indexes.map((index) => index.fork()),
    );
  }

  /** The same documents under other terms. */
  with(changes: { namespace?: string; options?: Document }): Collection {
    return new Collection({ ...this.terms(), ...changes }, this.records, this.ids, this.indexes);
  }

  private terms() {
    return {
      key: this.key,
      namespace: this.namespace,
      options: this.options,
      decoded: this.decoded,
      uuid: this.uuid,
    };
  }

  get size(): number {
    return this.records.size;
  }

  get specs(): IndexSpec[] {
    return [ID_INDEX, ...this.indexes.map((index) => index.spec)];
  }

  /** Every document, in natural order. */
  all(backwards = false): Iterable<Stored> {
    return backwards ? secondOf(this.records.downFrom()) : this.records.values();
  }

  /** Every document, in the order of `_id`. */
  inIdOrder(backwards: boolean): Iterable<Stored> {
    return backwards ? secondOf(this.ids.downFrom()) : this.ids.values();
  }

  byId(id: string): Stored | undefined {
    return this.ids.get(id);
  }

  document(stored: Stored): Document {
    return this.decoded.of(stored);
  }

  /**
   * Puts a document in the place of another (`before` undefined: adds it; `after` undefined: removes it).
   *
   * @throws CommandError DuplicateKey, and nothing is changed
   */
  replace(before: Stored | undefined, after: Stored | undefined): void {
    const [old, next] = [before && this.document(before), after && this.document(after)];
    if (after && next && !before && this.ids.get(after.id))
      throw duplicateKey(this.namespace, ID_INDEX, { _id: next['_id'] });
    const keys = this.indexes.map((index) => (next ? index.keys(next) : []));
    if (after && next) {
      for (const [at, index] of this.indexes.entries()) {
        if (index.rival(keys[at] ?? [], after.number)) throw index.duplicate(this.namespace, next);
      }
    }
    for (const [at, index] of this.indexes.entries()) {
      if (before && old) index.remove(before, index.keys(old));
      if (after) index.add(after, keys[at] ?? []);
    }
    if (before && before.id !== after?.id) this.ids.delete(before.id);
    if (after) this.ids.set(after.id, after);
    if (after) this.records.set(after.number, after);
    else if (before) this.records.delete(before.number);
    if (before) this.decoded.forget(before);
  }

  /** Takes in documents from disk, which were checked when they were written. */
  restore(documents: Iterable<{ number: number; bytes: Uint8Array }>): void {
    const fields = this.fieldsOfKeys();
    for (const { number, bytes } of documents) {
      const document = fields ? decodeFields(bytes, fields) : decode(bytes);
      const stored = { number, id: orderKey(document['_id']), bytes };
      this.records.set(number, stored);
      this.ids.set(stored.id, stored);
      for (const index of this.indexes) index.add(stored, index.keys(document));
    }
  }

  /** The fields that all keys are made of, or undefined where an index may look at any. */
  private fieldsOfKeys(): Set<string> | undefined {
    if (this.indexes.some(({ spec }) => spec['partialFilterExpression'] !== undefined)) return undefined;
    return new Set([
      '_id',
      ...this.indexes.flatMap(({ shape }) => shape.fields.map(({ path }) => path[0] ?? '')),
    ]);
  }

  /**
   * Makes an index over what is there. Answers false where there is the same one already.
   *
   * @throws CommandError DuplicateKey, IndexOptionsConflict or IndexKeySpecsConflict
   */
  createIndex(spec: IndexSpec): boolean {
    if (this.hasAlready(spec)) return false;
    const index = new CollectionIndex(spec);
    for (const stored of this.records.values()) {
      const document = this.document(stored);
      const keys = index.keys(document);
      if (index.rival(keys, stored.number)) throw index.duplicate(this.namespace, document);
      index.add(stored, keys);
    }
    this.indexes.push(index);
    return true;
  }

  private hasAlready(spec: IndexSpec): boolean {
    const named = this.specs.find((other) => other.name === spec.name);
    if (named && (sameIndex(named, spec) || (named === ID_INDEX && sameKey(spec.key, ID_INDEX.key))))
      return true;
    if (named) throw conflict('IndexKeySpecsConflict', named, spec);
    const alike = this.specs.find((other) => sameKey(other.key, spec.key));
    if (alike === ID_INDEX) return true;
    if (alike && sameIndex(alike, spec)) {
      throw new CommandError(
        'IndexOptionsConflict',
        `Index already exists with a different name: ${alike.name}`,
      );
    }
    const sameTerms = (other: IndexSpec) =>
      orderKey([other.key, other['collation'], other['partialFilterExpression']]) ===
      orderKey([spec.key, spec['collation'], spec['partialFilterExpression']]);
    const rival = this.specs.find(sameTerms);
    if (rival) throw conflict('IndexOptionsConflict', rival, spec);
    return false;
  }

  dropIndex(name: string): void {
    const at = this.indexes.findIndex((index) => index.spec.name === name);
    if (at >= 0) this.indexes.splice(at, 1);
  }
}

function conflict(
  code: 'IndexKeySpecsConflict' | 'IndexOptionsConflict',
  existing: IndexSpec,
  asked: IndexSpec,
): CommandError {
  const specs = `Requested index: ${JSON.stringify(asked)}, existing index: ${JSON.stringify(existing)}`;
  return new CommandError(
    code,
    code === 'IndexKeySpecsConflict'
      ? `An existing index has the same name as the requested index. When index names are not specified, they are auto generated and can cause conflicts. Please refer to our documentation. ${specs}`
      : `An equivalent index already exists with the same name but different options. ${specs}`,
  );
}

function* secondOf<T>(pairs: Iterable<[unknown, T]>): Generator<T> {
  for (const [, value] of pairs) yield value;
}
