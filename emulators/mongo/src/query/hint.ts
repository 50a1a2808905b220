import { isDocument } from '../bson/document.ts';
import { CommandError } from '../errors.ts';
import type { Collection } from '../store/collection.ts';
import { type IndexSpec, sameKey } from '../store/index-spec.ts';

/**
 * The index that a hint names, by its name or its key; undefined for none, and for `$natural`.
 *
 * @throws CommandError BadValue for an index that is not there
 */
export function hintedIndex(hint: unknown, collection: Collection): IndexSpec | undefined {
  if (hint === undefined || hint === null) return undefined;
  if (isDocument(hint) && (Object.hasOwn(hint, '$natural') || Object.keys(hint).length === 0))
    return undefined;
  const spec = collection.specs.find(({ name, key }) =>
    isDocument(hint) ? sameKey(key, hint) : name === hint,
  );
  if (spec) return spec;
  throw new CommandError(
    'BadValue',
    'error processing query: planner returned error :: caused by :: hint provided does not correspond to an existing index',
  );
}
