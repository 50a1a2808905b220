import type { Document } from '../bson/document.ts';
import type { Collection } from '../store/collection.ts';
import { textFields } from '../store/index-spec.ts';
import type { Stored } from '../store/record.ts';
import type { Collation } from './collation.ts';
import { compileFilter, type FilterOptions } from './filter.ts';
import { choosePlan } from './plan.ts';
import { sortBy } from './sort.ts';
import type { TextScore } from './text.ts';

export interface Selection {
  filter: Document;
  sort?: Document | undefined;
  skip?: number;
  /** 0 for all. */
  limit?: number;
  collation?: Collation | undefined;
  variables?: Document | undefined;
  /** The index to use, by its name or key. */
  hint?: unknown;
}

export interface Selected {
  found: Stored[];
  score: TextScore | undefined;
  /** The index that was used, or COLLSCAN. */
  index: string;
  /** How many documents were looked at. */
  examined: number;
}

/** Finds the documents of a collection that a filter selects, sorted and cut. */
export function select(collection: Collection | undefined, selection: Selection): Selected {
  const { filter, sort = {}, skip = 0, limit = 0, collation, hint } = selection;
  const { matches, score } = compileFilter(filter, filterOptions(collection, selection));
  if (!collection) return { found: [], score, index: 'EOF', examined: 0 };
  const plan = choosePlan(collection, filter, { sort, collation, hint });
  const wanted = plan.sorted && limit > 0 ? skip + limit : Number.POSITIVE_INFINITY;
  let found: Stored[] = [];
  let examined = 0;
  for (const stored of plan.candidates) {
    examined++;
    if (!matches(collection.document(stored))) continue;
    found.push(stored);
    if (found.length === wanted) break;
  }
  if (!plan.sorted)
    found = sortBy(found, sort, (stored) => collection.document(stored), { collation, score });
  if (skip > 0 || limit > 0) found = found.slice(skip, limit > 0 ? skip + limit : undefined);
  return { found, score, index: plan.index, examined };
}

export function filterOptions(
  collection: Collection | undefined,
  { collation, variables }: Omit<Selection, 'filter'>,
): FilterOptions {
  const text = collection?.indexes
    .map((index) => textFields(index.spec.key))
    .find((fields) => fields !== undefined);
  return { collation, variables, textFields: text };
}
