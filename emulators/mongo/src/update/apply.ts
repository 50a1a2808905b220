import { ObjectId } from 'bson';
import { runPipeline } from '../aggregate/pipeline.ts';
import { type Document, isDocument } from '../bson/document.ts';
import { copyValue } from '../bson/encode.ts';
import { equal } from '../bson/order.ts';
import { CommandError } from '../errors.ts';
import type { FilterOptions } from '../query/filter.ts';
import { checkOperators, type UpdateOperators } from './check.ts';
import { OPERATORS, rename } from './operators.ts';
import { expandPath } from './paths.ts';

/** An update: operators, a whole new document, or a pipeline. */
export type Update = Document | readonly Document[];
export type UpdateKind = 'operators' | 'replacement' | 'pipeline';

export interface UpdateOptions extends FilterOptions {
  /** The filter that selected the document, for the positional `$`. */
  filter: Document;
  arrayFilters?: unknown;
  /** Whether the document is one that an upsert makes. */
  inserting?: boolean;
  now: Date;
}

const PIPELINE_STAGES = new Set(['$addFields', '$set', '$project', '$unset', '$replaceRoot', '$replaceWith']);

/** @throws CommandError FailedToParse where it is none of the three, or mixes operators and fields */
export function updateKind(update: unknown): UpdateKind {
  if (Array.isArray(update)) return 'pipeline';
  if (!isDocument(update)) {
    throw new CommandError('FailedToParse', 'Update argument must be either an object or an array');
  }
  return Object.keys(update)[0]?.startsWith('$') ? 'operators' : 'replacement';
}

/**
 * The document after an update; the one given stays as it is
 * (https://www.mongodb.com/docs/manual/reference/operator/update/).
 *
 * @throws CommandError for what is malformed, conflicts or cannot be applied to this document
 */
export function applyUpdate(before: Document, update: Update, options: UpdateOptions): Document {
  const after = changed(before, update, options);
  const id = '_id' in after ? after['_id'] : '_id' in before ? before['_id'] : new ObjectId();
  if ('_id' in before && !equal(id, before['_id'])) {
    throw new CommandError(
      'ImmutableField',
      updateKind(update) === 'replacement'
        ? `After applying the update, the (immutable) field '_id' was found to have been altered to _id: ${String(id)}`
        : "Performing an update on the path '_id' would modify the immutable field '_id'",
    );
  }
  const { _id, ...rest } = after;
  return { _id: '_id' in before ? before['_id'] : id, ...rest };
}

function changed(before: Document, update: Update, options: UpdateOptions): Document {
  switch (updateKind(update)) {
    case 'operators':
      return applyOperators(copyValue(before) as Document, checkOperators(update as Document), options);
    case 'pipeline':
      return applyPipeline(before, update as readonly Document[], options);
    case 'replacement': {
      const illegal = Object.keys(update).find((field) => field.startsWith('$'));
      if (illegal) {
        throw new CommandError(
          'DollarPrefixedFieldName',
          `The dollar ($) prefixed field '${illegal}' in '${illegal}' is not allowed in the context of an update's replacement document. Consider using an aggregation pipeline with $replaceWith.`,
        );
      }
      return update as Document;
    }
  }
}

function applyPipeline(before: Document, pipeline: readonly Document[], options: UpdateOptions): Document {
  for (const stage of pipeline) {
    const [name = ''] = Object.keys(isDocument(stage) ? stage : {});
    if (!PIPELINE_STAGES.has(name))
      throw new CommandError('InvalidOptions', `${name} is not allowed to be used within an update`);
  }
  const [after] = runPipeline([copyValue(before) as Document], pipeline, {
    variables: options.variables,
    collation: options.collation,
  });
  return copyValue(after) as Document;
}

/** Changes the document in place. All places are found before any is changed. */
function applyOperators(document: Document, operators: UpdateOperators, options: UpdateOptions): Document {
  const steps = operators
    .filter(({ operator }) => operator !== '$setOnInsert' || options.inserting)
    .map((step) => ({
      ...step,
      targets: step.operator === '$rename' ? [] : expandPath(document, step.path, options),
    }));
  checkArrayFiltersUsed(operators, options.arrayFilters);
  for (const { operator, path, argument, targets } of steps) {
    if (operator === '$rename') rename(document, path, String(argument));
    for (const target of targets)
      OPERATORS[operator]?.(document, target, argument, { path, now: options.now });
  }
  return document;
}

/** An array filter that no path names is a mistake. */
function checkArrayFiltersUsed(operators: UpdateOperators, arrayFilters: unknown): void {
  if (!Array.isArray(arrayFilters)) return;
  for (const filter of arrayFilters) {
    const name = Object.keys(isDocument(filter) ? filter : {})[0]?.split('.')[0];
    if (name === undefined || name.startsWith('$')) continue;
    if (!operators.some(({ path }) => path.includes(`$[${name}]`))) {
      throw new CommandError(
        'FailedToParse',
        `The array filter for identifier '${name}' was not used in the update { ${operators.map(({ operator }) => operator).join(', ')} }`,
      );
    }
  }
}
