import { type Document, isDocument } from '../bson/document.ts';
import { parsePath, setAt } from '../bson/path.ts';
import { compileFilter, type FilterOptions, type Predicate } from './filter.ts';

/**
 * Which element of an array made a filter match, for the positional `$`: the one that fulfils most of the filter's
 * conditions on the array; undefined where none does.
 */
export function positionalMatch(
  list: readonly unknown[],
  field: string,
  filter: Document,
  options: FilterOptions,
): number | undefined {
  const conditions = conditionsOn(field, filter).map(
    (condition) => compileFilter(condition, options).matches,
  );
  if (conditions.length === 0) return undefined;
  const holds = (at: number, how: 'every' | 'some') => {
    const alone: Document = {};
    setAt(alone, parsePath(field), [list[at]]);
    return conditions[how]((condition: Predicate) => condition(alone));
  };
  for (const how of ['every', 'some'] as const) {
    for (let at = 0; at < list.length; at++) if (holds(at, how)) return at;
  }
  return undefined;
}

function conditionsOn(field: string, filter: Document): Document[] {
  return Object.entries(filter).flatMap(([name, condition]) => {
    if ((name === '$and' || name === '$or') && Array.isArray(condition)) {
      return condition.flatMap((part) => (isDocument(part) ? conditionsOn(field, part) : []));
    }
    return name === field || name.startsWith(`${field}.`) ? [{ [name]: condition }] : [];
  });
}
