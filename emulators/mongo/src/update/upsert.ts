import { type Document, isDocument, isOperatorDocument, isRegex } from '../bson/document.ts';
import { equal } from '../bson/order.ts';
import { parsePath, setAt, valueAt } from '../bson/path.ts';
import { CommandError } from '../errors.ts';
import { applyUpdate, type Update, type UpdateOptions, updateKind } from './apply.ts';

/** The document that an upsert inserts: what the filter says by equality, then the update. */
export function upsertedDocument(update: Update, options: UpdateOptions): Document {
  const seed = equalitiesOf(options.filter);
  const kind = updateKind(update);
  const start = kind === 'replacement' ? (Object.hasOwn(seed, '_id') ? { _id: seed['_id'] } : {}) : seed;
  return applyUpdate(start, update, { ...options, inserting: true });
}

/** The fields that a filter gives a value. */
function equalitiesOf(filter: Document, seed: Document = {}): Document {
  for (const [field, condition] of Object.entries(filter)) {
    if (field === '$and' && Array.isArray(condition))
      for (const part of condition) equalitiesOf(part as Document, seed);
    else if (field === '$or' && Array.isArray(condition) && condition.length === 1)
      equalitiesOf(condition[0] as Document, seed);
    else if (!field.startsWith('$')) take(seed, field, condition);
  }
  return seed;
}

function take(seed: Document, field: string, condition: unknown): void {
  if (isRegex(condition)) return;
  if (!isOperatorDocument(condition)) {
    put(seed, field, condition);
    return;
  }
  for (const [operator, argument] of Object.entries(condition)) {
    const single = Array.isArray(argument) && argument.length === 1 && !isRegex(argument[0]);
    if (operator === '$eq' && !isRegex(argument)) put(seed, field, argument);
    else if (operator === '$in' && single) put(seed, field, argument[0]);
    else if (
      operator === '$all' &&
      single &&
      !(isDocument(argument[0]) && Object.hasOwn(argument[0], '$elemMatch'))
    )
      put(seed, field, argument[0]);
  }
}

function put(seed: Document, field: string, value: unknown): void {
  const path = parsePath(field);
  const known = valueAt(seed, path);
  if (known !== undefined && !equal(known, value)) {
    throw new CommandError(
      'NotSingleValueField',
      `cannot infer query fields to set, path '${field}' is matched twice`,
    );
  }
  setAt(seed, path, value);
}
