import { type Document, isDocument } from '../bson/document.ts';
import { isNumeric, toNumber } from '../bson/numbers.ts';
import { compare, fieldKey } from '../bson/order.ts';
import { indexedValues, type Path, parsePath } from '../bson/path.ts';
import { CommandError } from '../errors.ts';
import type { Collation } from './collation.ts';
import type { TextScore } from './text.ts';

type SortField = { path: Path; descending: boolean; byScore: boolean };

/**
 * Reads a sort specification.
 *
 * @throws CommandError for a direction that is neither 1, -1 nor `{ $meta: 'textScore' }`
 */
function parseSort(sort: Document): SortField[] {
  return Object.entries(sort).map(([field, direction]) => {
    const byScore = isDocument(direction) && direction['$meta'] === 'textScore';
    const sign = isNumeric(direction) ? toNumber(direction) : Number.NaN;
    if (!byScore && sign !== 1 && sign !== -1) {
      throw new CommandError(15975, '$sort key ordering must be 1 (for ascending) or -1 (for descending)');
    }
    if (field === '' || field.split('.').includes(''))
      throw new CommandError(15998, 'FieldPath field names may not be empty strings.');
    return { path: parsePath(field), descending: sign < 0, byScore };
  });
}

/**
 * Sorts documents as MongoDB does: an array counts by its least element going up, by its greatest going down. What is
 * equal keeps its order.
 *
 * @param read the document of an item
 */
export function sortBy<T>(
  items: readonly T[],
  sort: Document,
  read: (item: T) => Document,
  { collation, score }: { collation?: Collation | undefined; score?: TextScore | undefined } = {},
): T[] {
  const fields = parseSort(sort);
  if (collation) return items.toSorted((a, b) => compareDocuments(read(a), read(b), fields, collation));
  const keyed = items.map((item) => ({ item, keys: sortKeys(read(item), fields, score) }));
  return keyed.sort((a, b) => compareKeys(a.keys, b.keys)).map(({ item }) => item);
}

/** One key per field. Scores are negated: the best comes first. */
function sortKeys(document: Document, fields: readonly SortField[], score?: TextScore): (string | number)[] {
  return fields.map(({ path, descending, byScore }) => {
    if (byScore) return -(score?.(document) ?? 0);
    const values = indexedValues(document, path);
    let least = fieldKey(values[0], descending);
    for (const value of values.slice(1)) {
      const key = fieldKey(value, descending);
      if (key < least) least = key;
    }
    return least;
  });
}

function compareKeys(a: readonly (string | number)[], b: readonly (string | number)[]): number {
  for (let i = 0; i < a.length; i++) {
    const [x, y] = [a[i] as string | number, b[i] as string | number];
    if (x < y) return -1;
    if (x > y) return 1;
  }
  return 0;
}

function compareDocuments(
  a: Document,
  b: Document,
  fields: readonly SortField[],
  collation: Collation,
): number {
  const order = (x: unknown, y: unknown) =>
    typeof x === 'string' && typeof y === 'string' ? collation.compare(x, y) : compare(x, y);
  for (const { path, descending } of fields) {
    const sign = descending ? -1 : 1;
    const edge = (document: Document) =>
      indexedValues(document, path).reduce((best, value) => (order(value, best) * sign < 0 ? value : best));
    const result = order(edge(a), edge(b)) * sign;
    if (result !== 0) return result;
  }
  return 0;
}
