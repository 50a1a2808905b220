import { type Document, isDocument } from '../bson/document.ts';
import { isNumeric, toNumber } from '../bson/numbers.ts';
import { fieldKey, inverted, orderKey, Rank, rankOf } from '../bson/order.ts';
import type { Collection } from '../store/collection.ts';
import type { CollectionIndex } from '../store/collection-index.ts';
import type { IndexSpec } from '../store/index-spec.ts';
import type { Stored } from '../store/record.ts';
import { type Bounds, boundsOf, valuesOf } from './bounds.ts';
import { type Collation, sameCollation } from './collation.ts';
import { hintedIndex } from './hint.ts';

/** How the documents that may match are found. */
export interface Plan {
  /** The index's name, or COLLSCAN. */
  index: string;
  candidates: Iterable<Stored>;
  /** Whether the candidates come in the order that the sort asks for. */
  sorted: boolean;
}

/** A range of keys, both ends taken as beginnings of keys. */
interface Interval {
  low: string;
  high: string;
}

const MOST_INTERVALS = 1000;

export interface PlanOptions {
  sort?: Document;
  collation?: Collation | undefined;
  /** The index to use, by its name or key. */
  hint?: unknown;
}

/** Chooses how to find what a filter asks for: by `_id`, by the index that narrows it most, or by looking at all. */
export function choosePlan(collection: Collection, filter: Document, options: PlanOptions = {}): Plan {
  const { sort = {}, collation, hint } = options;
  const hinted = hintedIndex(hint, collection);
  const natural = isDocument(hint) && Object.hasOwn(hint, '$natural') ? hint : sort;
  if (Object.hasOwn(natural, '$natural')) {
    const backwards = sign(natural['$natural']) < 0;
    return {
      index: 'COLLSCAN',
      candidates: collection.all(backwards),
      sorted: sortIsEmpty(sort) || sort === natural,
    };
  }
  const bounds = boundsOf(filter);
  if (hinted) return planAsHinted(collection, hinted, bounds, filter, options);
  const ids = bounds.get('_id')?.points;
  if (ids && agrees(undefined, collation, ids)) return byId(collection, ids);
  let best: { plan: Plan; score: number } | undefined;
  for (const index of collection.indexes) {
    const plan = planWith(index, bounds, filter, sort, collation);
    if (plan && (!best || plan.score > best.score)) best = plan;
  }
  return best?.plan ?? { index: 'COLLSCAN', candidates: collection.all(), sorted: sortIsEmpty(sort) };
}

/** Goes through the index that was asked for, be it that a sparse or partial one does not have all documents. */
function planAsHinted(
  collection: Collection,
  { name }: IndexSpec,
  bounds: Map<string, Bounds>,
  filter: Document,
  { sort = {}, collation }: PlanOptions,
): Plan {
  const sorted = sortIsEmpty(sort);
  const index = collection.indexes.find(({ spec }) => spec.name === name);
  if (!index) return { index: name, candidates: collection.inIdOrder(false), sorted };
  const narrowed = planWith(index, bounds, filter, sort, collation)?.plan;
  return narrowed ?? { index: name, candidates: scan(index, [{ low: '', high: '' }], false), sorted };
}

function byId(collection: Collection, ids: unknown[]): Plan {
  const candidates: Stored[] = [];
  for (const key of new Set(ids.map((id) => orderKey(id)))) {
    const stored = collection.byId(key);
    if (stored) candidates.push(stored);
  }
  return { index: '_id_', candidates, sorted: candidates.length <= 1 };
}

function planWith(
  index: CollectionIndex,
  bounds: Map<string, Bounds>,
  filter: Document,
  sort: Document,
  collation: Collation | undefined,
): { plan: Plan; score: number } | undefined {
  const { fields, text, sparse } = index.shape;
  if (text || index.spec['hidden'] || !holdsPartial(index, filter)) return undefined;
  let intervals: Interval[] = [{ low: '', high: '' }];
  let [used, score] = [0, 0];
  let excludesMissing = false;
  for (const { name, descending } of fields) {
    const bound = bounds.get(name);
    if (!bound || !agrees(index.shape.collation, collation, valuesOf(bound))) break;
    if (bound.points) {
      if (bound.points.length * intervals.length > MOST_INTERVALS) break;
      const keys = new Set(
        bound.points.map((point) => fieldKey(point, descending, index.shape.collation?.fold)),
      );
      intervals = intervals.flatMap(({ low }) =>
        [...keys].sort().map((key) => ({ low: low + key, high: low + key })),
      );
      if (bound.points.every((point) => point !== null && point !== undefined)) excludesMissing = true;
      used++;
      score += 3;
    } else {
      const range = rangeOf(bound, descending, index);
      if (!range) break;
      intervals = intervals.map(({ low }) => ({ low: low + range.low, high: low + range.high }));
      excludesMissing = true;
      score += 2;
      break;
    }
  }
  const direction = sortDirection(index, used, sort, collation);
  const sorted = direction !== 0 && intervals.length === 1;
  if (sorted) score += 1;
  if (score === 0 || (sparse && !excludesMissing)) return undefined;
  return {
    score,
    plan: {
      index: index.spec.name,
      candidates: scan(index, intervals, sorted && direction < 0),
      sorted: sorted || sortIsEmpty(sort),
    },
  };
}

const sortIsEmpty = (sort: Document) => Object.keys(sort).length === 0;
/** Whether an index's keys can answer for these values under the query's collation. */
function agrees(of: Collation | undefined, asked: Collation | undefined, values: unknown[]): boolean {
  if (!of && !asked) return true;
  const textual = (value: unknown) => [Rank.string, Rank.document, Rank.array].includes(rankOf(value) as 15);
  return sameCollation(of, asked) || !values.some(textual);
}

/** A range within one type. On an index with several keys a document, only one of two bounds can be used. */
function rangeOf(bound: Bounds, descending: boolean, index: CollectionIndex): Interval | undefined {
  if (bound.prefix !== undefined) {
    if (index.shape.collation || descending) return undefined;
    const key = orderKey(bound.prefix).slice(0, -2); // without the mark of the end
    return { low: key, high: key };
  }
  const value = bound.low ?? bound.high;
  if (value === undefined || (index.shape.collation && typeof value === 'string')) return undefined;
  const type = String.fromCharCode(rankOf(value));
  const both =
    bound.low !== undefined && bound.high !== undefined && rankOf(bound.low) === rankOf(bound.high);
  const low = bound.low === undefined ? type : orderKey(bound.low);
  const high =
    bound.high === undefined || (bound.low !== undefined && (!both || index.multikey))
      ? type
      : orderKey(bound.high);
  return descending ? { low: inverted(high), high: inverted(low) } : { low, high };
}

/** 1 or -1 where going through the index forwards or backwards gives the order asked for, else 0. */
function sortDirection(
  index: CollectionIndex,
  used: number,
  sort: Document,
  collation: Collation | undefined,
): number {
  const asked = Object.entries(sort);
  const { fields, sparse } = index.shape;
  if (asked.length === 0 || index.multikey || sparse || index.spec.partialFilterExpression) return 0;
  if (index.shape.collation || collation) return 0;
  const rest = fields.slice(used);
  if (asked.length > rest.length) return 0;
  let direction = 0;
  for (const [at, [field, how]] of asked.entries()) {
    const indexField = rest[at];
    if (!indexField || indexField.name !== field || !isNumeric(how)) return 0;
    const step = sign(how) * (indexField.descending ? -1 : 1);
    if (direction !== 0 && step !== direction) return 0;
    direction = step;
  }
  return direction;
}

const sign = (direction: unknown) => (isNumeric(direction) && toNumber(direction) < 0 ? -1 : 1);

/** Whether every document that the filter matches is in a partial index: the filter says all that the index does. */
function holdsPartial(index: CollectionIndex, filter: Document): boolean {
  const partial = index.spec.partialFilterExpression;
  if (!isDocument(partial)) return true;
  return Object.entries(partial).every(
    ([field, condition]) => Object.hasOwn(filter, field) && orderKey(filter[field]) === orderKey(condition),
  );
}

function* scan(index: CollectionIndex, intervals: Interval[], backwards: boolean): Generator<Stored> {
  if (intervals.length === 1 && !index.multikey && intervals[0]) {
    yield* index.between(intervals[0].low, intervals[0].high, backwards);
    return;
  }
  const seen = new Set<Stored>();
  for (const { low, high } of intervals) {
    for (const stored of index.between(low, high, backwards)) {
      if (seen.has(stored)) continue;
      seen.add(stored);
      yield stored;
    }
  }
}
