import { isDocument } from '../bson/document.ts';
import { isTruthy } from '../bson/numbers.ts';
import { CommandError, notSupported } from '../errors.ts';
import type { Collection } from '../store/collection.ts';
import { sameKey } from '../store/index-spec.ts';

/**
 * Checks a hint. Which index is used does not change an answer here, so that a hint is not followed; but for a sparse or
 * partial index it would change it on a real server.
 *
 * @throws CommandError BadValue for an index that is not there
 */
export function checkHint(hint: unknown, collection: Collection | undefined): void {
  if (hint === undefined || hint === null || !collection) return;
  if (isDocument(hint) && (Object.hasOwn(hint, '$natural') || Object.keys(hint).length === 0)) return;
  const spec = collection.specs.find(({ name, key }) =>
    isDocument(hint) ? sameKey(key, hint) : name === hint,
  );
  if (!spec) {
    throw new CommandError(
      'BadValue',
      'error processing query: planner returned error :: caused by :: hint provided does not correspond to an existing index',
    );
  }
  if (isTruthy(spec['sparse']) || spec.partialFilterExpression)
    throw notSupported('a hint at a sparse or partial index');
}
