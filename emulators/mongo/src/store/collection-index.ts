import { type Document, isDocument } from '../bson/document.ts';
import { isNumeric, isTruthy, toNumber } from '../bson/numbers.ts';
import { fieldKey } from '../bson/order.ts';
import { EMPTY_ARRAY, indexedValues, type Path, parsePath, valueAt } from '../bson/path.ts';
import { CommandError } from '../errors.ts';
import { type Collation, collationOf } from '../query/collation.ts';
import { compileFilter } from '../query/filter.ts';
import { type IndexSpec, textFields } from './index-spec.ts';
import type { Stored } from './record.ts';
import { Tree } from './tree.ts';

/** What of an index follows from its description alone. */
interface Shape {
  fields: { path: Path; name: string; descending: boolean }[];
  unique: boolean;
  sparse: boolean;
  covers: (document: Document) => boolean;
  collation: Collation | undefined;
  text: string[] | undefined;
}

/** One index of a collection: an ordered map from keys to documents. */
export class CollectionIndex {
  readonly spec: IndexSpec;
  readonly shape: Shape;
  private readonly entries: Tree<string, Stored>;
  /** Whether any document has more than one entry. */
  multikey: boolean;

  constructor(
    spec: IndexSpec,
    shape = shapeOf(spec),
    entries = new Tree<string, Stored>(),
    multikey = false,
  ) {
    this.spec = spec;
    this.shape = shape;
    this.entries = entries;
    this.multikey = multikey;
  }

  fork(): CollectionIndex {
    return new CollectionIndex(this.spec, this.shape, this.entries.fork(), this.multikey);
  }

  /**
   * The keys a document has here.
   *
   * @throws CommandError CannotIndexParallelArrays
   */
  keys(document: Document): string[] {
    const { fields, text, covers, sparse, collation } = this.shape;
    if (text || !covers(document)) return [];
    let keys = [''];
    let arrays = 0;
    let present = false;
    for (const { path, name, descending } of fields) {
      const values = indexedValues(document, path);
      if (values.length > 1 && isOwnArray(document, path) && ++arrays > 1) throw parallelArrays(fields, name);
      if (values.some((value) => value !== undefined)) present = true;
      const parts = new Set(values.map((value) => fieldKey(value, descending, collation?.fold)));
      keys =
        parts.size === 1
          ? keys.map((key) => key + [...parts][0])
          : keys.flatMap((key) => [...parts].map((p) => key + p));
    }
    return sparse && !present ? [] : keys;
  }

  /** Another document that has one of the keys, where the index is unique. */
  rival(keys: readonly string[], number: number): Stored | undefined {
    if (!this.shape.unique) return undefined;
    for (const key of keys) {
      for (const [entry, stored] of this.entries.from(key)) {
        if (!entry.startsWith(key)) break;
        if (stored.number !== number) return stored;
      }
    }
    return undefined;
  }

  add(stored: Stored, keys: readonly string[]): void {
    if (keys.length > 1) this.multikey = true;
    const suffix = numberSuffix(stored.number);
    for (const key of keys) this.entries.set(key + suffix, stored);
  }

  remove(stored: Stored, keys: readonly string[]): void {
    const suffix = numberSuffix(stored.number);
    for (const key of keys) this.entries.delete(key + suffix);
  }

  /** The documents whose key lies from `low` to `high`, both taken as beginnings of keys, in the order of the keys. */
  *between(low: string, high: string, backwards: boolean): Generator<Stored> {
    const within = (key: string) => key < high || key.startsWith(high);
    if (backwards) {
      for (const [key, stored] of this.entries.downFrom(within)) {
        if (key < low) return;
        yield stored;
      }
      return;
    }
    for (const [key, stored] of this.entries.from(low)) {
      if (!within(key)) return;
      yield stored;
    }
  }

  /** The error for a document that has the key of another. */
  duplicate(namespace: string, document: Document): CommandError {
    const value = ({ path, name }: { path: Path; name: string }) => {
      const [first] = indexedValues(document, path);
      return [name, first === undefined || first === EMPTY_ARRAY ? null : first] as const;
    };
    return duplicateKey(namespace, this.spec, Object.fromEntries(this.shape.fields.map(value)));
  }
}

/** MongoDB's error 11000: its message is read by people and by programs. */
export function duplicateKey(namespace: string, { name, key }: IndexSpec, keyValue: Document): CommandError {
  const shown = Object.entries(keyValue).map(([field, value]) => `${field}: ${show(value)}`);
  return new CommandError(
    'DuplicateKey',
    `E11000 duplicate key error collection: ${namespace} index: ${name} dup key: { ${shown.join(', ')} }`,
    { keyPattern: key, keyValue },
  );
}

function show(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (value instanceof Date) return `new Date(${value.getTime()})`;
  if (isDocument(value))
    return `{ ${Object.entries(value)
      .map(([field, inner]) => `${field}: ${show(inner)}`)
      .join(', ')} }`;
  if (Array.isArray(value)) return `[ ${value.map(show).join(', ')} ]`;
  if (isNumeric(value) || value === null || typeof value === 'boolean') return String(value);
  return `ObjectId('${String(value)}')`;
}

function shapeOf(spec: IndexSpec): Shape {
  const { key, partialFilterExpression: partial } = spec;
  const fields = Object.entries(key).map(([name, kind]) => ({
    name,
    path: parsePath(name),
    descending: isNumeric(kind) && toNumber(kind) < 0,
  }));
  const covers = isDocument(partial) ? compileFilter(partial).matches : () => true;
  return {
    fields,
    covers,
    unique: isTruthy(spec['unique']),
    sparse: isTruthy(spec['sparse']),
    collation: collationOf(spec['collation']),
    text: textFields(key),
  };
}

/** A document's number in three characters, which makes equal keys different and puts them in natural order. */
function numberSuffix(number: number): string {
  return String.fromCharCode(
    Math.floor(number / 2 ** 32),
    Math.floor(number / 2 ** 16) & 0xffff,
    number & 0xffff,
  );
}

/** Whether the path ends at or goes through an array of its own, and not through one that another field shares. */
function isOwnArray(document: Document, path: Path): boolean {
  return (
    Array.isArray(valueAt(document, path)) &&
    !path.slice(0, -1).some((_, i) => Array.isArray(valueAt(document, path.slice(0, i + 1))))
  );
}

function parallelArrays(fields: Shape['fields'], name: string): CommandError {
  const others = fields.map((field) => field.name).filter((other) => other !== name);
  return new CommandError(
    'CannotIndexParallelArrays',
    `cannot index parallel arrays [${name}] [${others[0]}]`,
  );
}
