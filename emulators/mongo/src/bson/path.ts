import { type Document, isDocument, setField } from './document.ts';

const INDEX = /^(?:0|[1-9]\d*)$/;

/** A dotted path, cut once so that it can be followed many times. */
export type Path = readonly string[];
export const parsePath = (path: string): Path => path.split('.');
export const isArrayIndex = (part: string) => INDEX.test(part);

/**
 * Whether `test` holds for any value that a path reaches. Arrays on the way are entered by position and element by
 * element, as MongoDB does; a branch that ends early gives `undefined`. With `elements`, the elements of an array at the
 * end of the path are tried as well as the array.
 */
export function someAt(
  value: unknown,
  path: Path,
  test: (value: unknown) => boolean,
  elements: boolean,
  from = 0,
): boolean {
  if (from === path.length) {
    if (test(value)) return true;
    return elements && Array.isArray(value) && value.some(test);
  }
  const part = path[from] as string;
  if (Array.isArray(value)) {
    if (
      INDEX.test(part) &&
      Number(part) < value.length &&
      someAt(value[Number(part)], path, test, elements, from + 1)
    )
      return true;
    return value.some((item) => isDocument(item) && someAt(item, path, test, elements, from));
  }
  const next = isDocument(value) && Object.hasOwn(value, part) ? value[part] : undefined;
  if (next === undefined) return test(undefined);
  return someAt(next, path, test, elements, from + 1);
}

/** The values under which an index files a document, and a sort sees it: an array counts by its elements. */
export function indexedValues(document: Document, path: Path): unknown[] {
  const first = path[0] as string;
  if (path.length === 1) {
    const value = Object.hasOwn(document, first) ? document[first] : undefined;
    if (!Array.isArray(value)) return [value];
  }
  const out: unknown[] = [];
  someAt(
    document,
    path,
    (value) => {
      if (!Array.isArray(value)) out.push(value);
      else if (value.length === 0) out.push(EMPTY_ARRAY);
      else out.push(...value);
      return false;
    },
    false,
  );
  return out.length === 0 ? [undefined] : out;
}

/** Stands for an empty array, which sorts before null. */
export const EMPTY_ARRAY = Symbol('an empty array');

/** The value at a path that enters documents only. */
export function valueAt(document: unknown, path: Path): unknown {
  let value = document;
  for (const part of path) {
    if (isDocument(value)) value = Object.hasOwn(value, part) ? value[part] : undefined;
    else if (Array.isArray(value) && INDEX.test(part)) value = value[Number(part)];
    else return undefined;
  }
  return value;
}

/** Sets the value at a path, making the documents that are missing on the way. */
export function setAt(document: Document, path: Path, value: unknown): void {
  let target = document;
  for (const part of path.slice(0, -1)) {
    const next = Object.hasOwn(target, part) ? target[part] : undefined;
    if (isDocument(next)) target = next;
    else {
      const made: Document = {};
      setField(target, part, made);
      target = made;
    }
  }
  setField(target, path[path.length - 1] as string, value);
}
