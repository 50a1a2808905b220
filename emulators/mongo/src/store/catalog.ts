import type { Document } from '../bson/document.ts';
import { CommandError } from '../errors.ts';
import { type Change, isDocumentChange } from './change.ts';
import { Collection } from './collection.ts';
import type { DecodedDocuments } from './record.ts';

/** All collections by namespace (`database.collection`), and how a change is made to them and taken back. */
export class Catalog {
  readonly collections: Map<string, Collection>;
  readonly decoded: DecodedDocuments;

  constructor(decoded: DecodedDocuments, collections = new Map<string, Collection>()) {
    this.decoded = decoded;
    this.collections = collections;
  }

  /** A snapshot of everything, for a transaction. */
  fork(): Catalog {
    return new Catalog(
      this.decoded,
      new Map([...this.collections].map(([name, collection]) => [name, collection.fork()])),
    );
  }

  get(namespace: string): Collection | undefined {
    return this.collections.get(namespace);
  }

  ofDatabase(database: string): Collection[] {
    return [...this.collections.values()].filter(({ namespace }) => namespace.startsWith(`${database}.`));
  }

  databases(): string[] {
    const names = [...this.collections.keys()].map((namespace) => namespace.slice(0, namespace.indexOf('.')));
    return [...new Set(names)].sort();
  }

  /** @throws CommandError what the change runs into; nothing is changed then */
  apply(change: Change): void {
    if (isDocumentChange(change)) {
      this.need(change.namespace).replace(change.before, change.after);
      return;
    }
    switch (change.kind) {
      case 'create':
        this.add(change.namespace, change.collection, change.options);
        return;
      case 'drop':
        this.collections.delete(change.namespace);
        return;
      case 'rename':
        this.rename(change.namespace, change.to);
        return;
      case 'options':
        this.collections.set(change.namespace, this.need(change.namespace).with({ options: change.after }));
        return;
      case 'createIndex':
        this.need(change.namespace).createIndex(change.spec);
        return;
      case 'dropIndex':
        this.need(change.namespace).dropIndex(change.dropped.spec.name);
    }
  }

  /** Takes back a change. Changes are taken back in the opposite order of how they were made. */
  revert(change: Change): void {
    if (isDocumentChange(change)) {
      this.need(change.namespace).replace(change.after, change.before);
      return;
    }
    switch (change.kind) {
      case 'create':
        this.collections.delete(change.namespace);
        return;
      case 'drop':
        this.collections.set(change.namespace, change.dropped);
        return;
      case 'rename':
        this.rename(change.to, change.namespace);
        if (change.dropped) this.collections.set(change.to, change.dropped);
        return;
      case 'options':
        this.collections.set(change.namespace, this.need(change.namespace).with({ options: change.before }));
        return;
      case 'createIndex':
        this.need(change.namespace).dropIndex(change.spec.name);
        return;
      case 'dropIndex':
        this.need(change.namespace).indexes.push(change.dropped);
    }
  }

  add(namespace: string, key: number, options: Document): Collection {
    const collection = new Collection({ key, namespace, options, decoded: this.decoded });
    this.collections.set(namespace, collection);
    return collection;
  }

  private rename(from: string, to: string): void {
    const collection = this.need(from);
    this.collections.delete(from);
    this.collections.set(to, collection.with({ namespace: to }));
  }

  need(namespace: string): Collection {
    const collection = this.collections.get(namespace);
    if (!collection) throw new CommandError('NamespaceNotFound', `ns does not exist: ${namespace}`);
    return collection;
  }
}
