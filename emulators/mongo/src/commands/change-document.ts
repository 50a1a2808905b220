import { compileExpression } from '../aggregate/expression.ts';
import { type Document, isDocument } from '../bson/document.ts';
import { encodeStored } from '../bson/encode.ts';
import { CommandError } from '../errors.ts';
import type { Collation } from '../query/collation.ts';
import { filterOptions, select } from '../query/select.ts';
import type { Collection } from '../store/collection.ts';
import type { Stored } from '../store/record.ts';
import { applyUpdate, type Update, type UpdateOptions, updateKind } from '../update/apply.ts';
import { upsertedDocument } from '../update/upsert.ts';
import { type CommandContext, collationFor, objectField } from './command.ts';
import { checkId } from './insert.ts';
import { checkDocument } from './validation.ts';

/** An update statement, as `update`, `findAndModify` and `bulkWrite` have it in common. */
export interface UpdateStatement {
  namespace: string;
  filter: Document;
  update: Update;
  multi: boolean;
  upsert: boolean;
  arrayFilters?: unknown;
  collation?: unknown;
  sort?: Document | undefined;
  hint?: unknown;
  variables?: Document | undefined;
  bypassValidation: boolean;
}

export interface UpdateOutcome {
  matched: number;
  modified: number;
  /** The document before and after the update; the last one where it was several. */
  before?: Document;
  after?: Document;
  /** The `_id` of the document that an upsert made. */
  upsertedId?: unknown;
}

/**
 * Runs an update statement.
 *
 * @throws CommandError for what is malformed or cannot be applied
 */
export function runUpdate(context: CommandContext, statement: UpdateStatement): UpdateOutcome {
  const { namespace, filter, update, multi } = statement;
  const kind = updateKind(update);
  if (multi && kind === 'replacement')
    throw new CommandError('FailedToParse', 'multi update is not supported for replacement-style update');
  if (statement.arrayFilters !== undefined && kind !== 'operators') {
    throw new CommandError(
      'FailedToParse',
      'Cannot specify arrayFilters for a replacement or pipeline-style update',
    );
  }
  const collection = context.work.read(namespace);
  const collation = collationFor(statement.collation, collection);
  const { variables, sort } = statement;
  const { found } = select(collection, {
    filter,
    sort,
    limit: multi ? 0 : 1,
    collation,
    variables,
    hint: statement.hint,
  });
  const options = updateOptions(context, statement, collection, collation);
  const outcome: UpdateOutcome = { matched: found.length, modified: 0 };
  for (const stored of collection ? found : []) {
    const change = changeOne(context, collection as Collection, stored, statement, options);
    if (change.modified) outcome.modified++;
    outcome.before = change.before;
    outcome.after = change.after;
  }
  if (found.length > 0 || !statement.upsert) return outcome;
  const made = upsertedDocument(update, options);
  checkId(made['_id']);
  checkDocument(collection, made, statement.bypassValidation);
  context.work.insert(namespace, made);
  return { ...outcome, after: made, upsertedId: made['_id'] };
}

function updateOptions(
  { now }: CommandContext,
  { filter, arrayFilters, variables }: UpdateStatement,
  collection: Collection | undefined,
  collation: Collation | undefined,
): UpdateOptions {
  return { ...filterOptions(collection, { collation, variables }), filter, arrayFilters, now };
}

function changeOne(
  { work }: CommandContext,
  collection: Collection,
  stored: Stored,
  { update, bypassValidation }: UpdateStatement,
  options: UpdateOptions,
): { before: Document; after: Document; modified: boolean } {
  const before = collection.document(stored);
  const after = applyUpdate(before, update, options);
  const bytes = encodeStored(after);
  if (Buffer.compare(bytes, stored.bytes) === 0) return { before, after, modified: false };
  checkDocument(collection, after, bypassValidation, before);
  work.update(collection, stored, after, bytes, updateKind(update) === 'replacement' ? 'replace' : 'update');
  return { before, after, modified: true };
}

/** Removes the documents that a filter selects; answers how many, and the last of them. */
export function runDelete(
  { work }: CommandContext,
  {
    namespace,
    filter,
    limit,
    collation,
    sort,
    hint,
    variables,
  }: Pick<UpdateStatement, 'namespace' | 'filter' | 'collation' | 'sort' | 'hint' | 'variables'> & {
    limit: number;
  },
): { n: number; removed?: Document } {
  const collection = work.read(namespace);
  const { found } = select(collection, {
    filter,
    sort,
    limit,
    collation: collationFor(collation, collection),
    variables,
    hint,
  });
  if (!collection) return { n: 0 };
  let removed: Document | undefined;
  for (const stored of found) {
    removed = collection.document(stored);
    work.remove(collection, stored);
  }
  return removed ? { n: found.length, removed } : { n: 0 };
}

/** The values of a command's `let`, which are expressions without a document. */
export function variablesOf(given: unknown): Document | undefined {
  const spec = objectField('let', given);
  if (Object.keys(spec).length === 0) return undefined;
  const values = compileExpression(spec)({});
  return isDocument(values) ? values : undefined;
}
