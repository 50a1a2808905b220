import { type Document, isDocument, setField } from '../bson/document.ts';
import { isArrayIndex, type Path } from '../bson/path.ts';
import { CommandError } from '../errors.ts';
import { compileFilter, type FilterOptions } from '../query/filter.ts';
import { positionalMatch } from '../query/positional.ts';

export interface PathContext extends FilterOptions {
  filter: Document;
  arrayFilters?: unknown;
}

/** The paths that one with `$`, `$[]` or `$[name]` stands for in a document. */
export function expandPath(document: Document, path: string, context: PathContext): Path[] {
  if (!path.includes('$')) return [path.split('.')];
  let found: { path: string[]; value: unknown }[] = [{ path: [], value: document }];
  for (const part of path.split('.')) {
    const special = part === '$' || /^\$\[.*\]$/.test(part);
    found = found.flatMap(({ path: before, value }) => {
      if (!special) return [{ path: [...before, part], value: inner(value, part) }];
      return elements(value, part, before.join('.'), context).map((at) => ({
        path: [...before, String(at)],
        value: (value as unknown[])[at],
      }));
    });
  }
  return found.map((one) => one.path);
}

function inner(value: unknown, part: string): unknown {
  if (Array.isArray(value)) return value[Number(part)];
  return isDocument(value) && Object.hasOwn(value, part) ? value[part] : undefined;
}

function elements(value: unknown, part: string, path: string, context: PathContext): number[] {
  if (part === '$') {
    const at = Array.isArray(value) ? positionalMatch(value, path, context.filter, context) : undefined;
    if (at === undefined)
      throw new CommandError(
        'BadValue',
        'The positional operator did not find the match needed from the query.',
      );
    return [at];
  }
  if (value === undefined) {
    throw new CommandError(
      'BadValue',
      `The path '${path}' must exist in the document in order to apply array updates.`,
    );
  }
  if (!Array.isArray(value)) {
    throw new CommandError(
      'BadValue',
      `Cannot apply array updates to non-array element ${path}: ${JSON.stringify(value)}`,
    );
  }
  if (part === '$[]') return [...value.keys()];
  return filtered(value, part.slice(2, -1), path, context);
}

function filtered(
  list: unknown[],
  name: string,
  path: string,
  { arrayFilters, ...options }: PathContext,
): number[] {
  const filters = Array.isArray(arrayFilters) ? arrayFilters.filter(isDocument) : [];
  const mine = filters.filter((filter) => names(filter).includes(name));
  const [filter] = mine;
  if (!filter)
    throw new CommandError(
      'BadValue',
      `No array filter found for identifier '${name}' in path '${path}.$[${name}]'`,
    );
  if (mine.length > 1)
    throw new CommandError(
      'FailedToParse',
      `Found multiple array filters with the same top-level field name ${name}`,
    );
  const { matches } = compileFilter(filter, options);
  return [...list.keys()].filter((at) => matches({ [name]: list[at] }));
}

/** The identifiers that an array filter speaks of. */
function names(filter: Document): string[] {
  return Object.entries(filter).flatMap(([field, condition]) => {
    if (!field.startsWith('$')) return [field.split('.')[0] as string];
    return Array.isArray(condition) ? condition.filter(isDocument).flatMap(names) : [];
  });
}

/** Where a value is: the object or array it is in, and under which name. */
export interface Place {
  parent: Document | unknown[];
  key: string;
}

/**
 * The place that a path names; the documents on the way are made where `making` is set.
 *
 * @throws CommandError PathNotViable where something other than a document or array is in the way
 */
export function locate(document: Document, path: Path, making: boolean): Place | undefined {
  let at: unknown = document;
  for (const [depth, part] of path.entries()) {
    const last = depth === path.length - 1;
    if (Array.isArray(at) ? !isArrayIndex(part) : !isDocument(at)) {
      if (!making) return undefined;
      throw new CommandError(
        'PathNotViable',
        `Cannot create field '${part}' in element {${path[depth - 1]}: ${JSON.stringify(at)}}`,
      );
    }
    if (Array.isArray(at)) {
      if (making) padTo(at, Number(part));
      if (last) return { parent: at, key: part };
      if (at[Number(part)] === undefined && making) at[Number(part)] = {};
      at = at[Number(part)];
      continue;
    }
    const parent = at as Document;
    if (last) return { parent, key: part };
    if (!Object.hasOwn(parent, part)) {
      if (!making) return undefined;
      setField(parent, part, {});
    }
    at = parent[part];
  }
  return undefined;
}

const MOST_PADDING = 1_500_000;
function padTo(list: unknown[], length: number): void {
  if (length > list.length + MOST_PADDING) {
    throw new CommandError(
      'CannotBackfillArray',
      `can't backfill array to larger than ${MOST_PADDING} elements`,
    );
  }
  while (list.length < length) list.push(null);
}

export function readPlace({ parent, key }: Place): unknown {
  if (Array.isArray(parent)) return parent[Number(key)];
  return Object.hasOwn(parent, key) ? parent[key] : undefined;
}

export function writePlace({ parent, key }: Place, value: unknown): void {
  if (Array.isArray(parent)) parent[Number(key)] = value;
  else setField(parent, key, value);
}

/** Removes a field; an element of an array becomes null, so that the others keep their places. */
export function clearPlace({ parent, key }: Place): void {
  if (!Array.isArray(parent)) delete parent[key];
  else if (Number(key) < parent.length) parent[Number(key)] = null;
}
