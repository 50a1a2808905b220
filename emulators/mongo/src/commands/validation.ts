import { type Document, isDocument } from '../bson/document.ts';
import { CommandError } from '../errors.ts';
import { compileFilter } from '../query/filter.ts';
import type { Collection } from '../store/collection.ts';

/**
 * Checks a document against its collection's validator.
 *
 * @param before the document that it takes the place of: under the level `moderate`, one that was invalid may stay so
 * @throws CommandError DocumentValidationFailure
 */
export function checkDocument(
  collection: Collection | undefined,
  document: Document,
  bypass: boolean,
  before?: Document,
): void {
  const { validator, validationLevel = 'strict', validationAction = 'error' } = collection?.options ?? {};
  if (bypass || !isDocument(validator) || validationLevel === 'off' || validationAction !== 'error') return;
  const { matches } = compileFilter(validator);
  if (matches(document) || (validationLevel === 'moderate' && before && !matches(before))) return;
  throw new CommandError('DocumentValidationFailure', 'Document failed validation', {
    errInfo: {
      failingDocumentId: document['_id'],
      details: { operatorName: Object.keys(validator)[0] ?? '' },
    },
  });
}
