import { type Document, isDocument } from '../bson/document.ts';
import { isTruthy } from '../bson/numbers.ts';
import { CommandError } from '../errors.ts';
import { compileProjection } from '../query/projection.ts';
import type { Update } from '../update/apply.ts';
import { runDelete, runUpdate, variablesOf } from './change-document.ts';
import { type Command, type CommandContext, namespaceOf, objectField } from './command.ts';

/** https://www.mongodb.com/docs/manual/reference/command/findAndModify/ */
export const findAndModify: Command = {
  fields: [
    'query',
    'sort',
    'remove',
    'update',
    'new',
    'fields',
    'upsert',
    'bypassDocumentValidation',
    'collation',
    'arrayFilters',
    'hint',
    'let',
  ],
  transactional: true,
  run(command, context) {
    const { remove, update, new: after, upsert } = command;
    if (!isTruthy(remove) && update === undefined)
      throw new CommandError('FailedToParse', 'Either an update or remove=true must be specified');
    if (isTruthy(remove) && update !== undefined)
      throw new CommandError('FailedToParse', 'Cannot specify both an update and remove=true');
    if (isTruthy(remove) && isTruthy(upsert))
      throw new CommandError('FailedToParse', ' Cannot specify both upsert=true and remove=true');
    if (isTruthy(remove) && isTruthy(after))
      throw new CommandError(
        'FailedToParse',
        " Cannot specify both new=true and remove=true; 'remove' always returns the deleted document",
      );
    return isTruthy(remove) ? removeOne(command, context) : updateOne(command, context);
  },
};

function common(command: Document, context: CommandContext) {
  return {
    namespace: namespaceOf(context, command['findAndModify'] ?? command['findandmodify']),
    filter: objectField('findAndModify.query', command['query']),
    sort: objectField('findAndModify.sort', command['sort']),
    collation: command['collation'],
    hint: command['hint'],
    variables: variablesOf(command['let']),
  };
}

function removeOne(command: Document, context: CommandContext): Document {
  const statement = common(command, context);
  const show = shower(command, statement.filter, statement.variables);
  const { n, removed } = runDelete(context, { ...statement, limit: 1 });
  return { lastErrorObject: { n }, value: removed ? show(removed) : null };
}

function updateOne(command: Document, context: CommandContext): Document {
  const statement = common(command, context);
  const show = shower(command, statement.filter, statement.variables);
  const outcome = runUpdate(context, {
    ...statement,
    update: command['update'] as Update,
    multi: false,
    upsert: isTruthy(command['upsert']),
    arrayFilters: command['arrayFilters'],
    bypassValidation: command['bypassDocumentValidation'] === true,
  });
  const upserted = Object.hasOwn(outcome, 'upsertedId');
  const shown = isTruthy(command['new']) ? outcome.after : outcome.before;
  return {
    lastErrorObject: {
      n: outcome.matched + (upserted ? 1 : 0),
      updatedExisting: outcome.matched > 0,
      ...(upserted ? { upserted: outcome.upsertedId } : {}),
    },
    value: shown ? show(shown) : null,
  };
}

function shower(
  { fields }: Document,
  filter: Document,
  variables: Document | undefined,
): (document: Document) => Document {
  return isDocument(fields) ? compileProjection(fields, { filter, variables }) : (document) => document;
}
