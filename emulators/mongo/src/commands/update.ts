import { type Document, isDocument } from '../bson/document.ts';
import { isTruthy } from '../bson/numbers.ts';
import { CommandError } from '../errors.ts';
import type { Update } from '../update/apply.ts';
import { runDelete, runUpdate, variablesOf } from './change-document.ts';
import { type Command, integerField, namespaceOf, objectField, objectsField } from './command.ts';
import { runStatements } from './write-errors.ts';

const UPDATE_FIELDS = new Set([
  'q',
  'u',
  'c',
  'multi',
  'upsert',
  'arrayFilters',
  'collation',
  'hint',
  'sort',
]);
const DELETE_FIELDS = new Set(['q', 'limit', 'collation', 'hint']);

/** https://www.mongodb.com/docs/manual/reference/command/update/ */
export const update: Command = {
  fields: ['updates', 'ordered', 'bypassDocumentValidation', 'let'],
  transactional: true,
  run(command, context) {
    const namespace = namespaceOf(context, command['update']);
    const statements = objectsField('update.updates', command['updates']);
    const shared = variablesOf(command['let']);
    const upserted: Document[] = [];
    let [n, nModified] = [0, 0];
    const errors = runStatements(statements, command['ordered'] !== false, context, (statement, index) => {
      checkStatement('update.updates', statement, UPDATE_FIELDS, ['q', 'u']);
      if (statement['sort'] !== undefined && isTruthy(statement['multi']))
        throw new CommandError('FailedToParse', 'Cannot specify sort with multi=true');
      const outcome = runUpdate(context, {
        namespace,
        filter: objectField('update.updates.q', statement['q']),
        update: statement['u'] as Update,
        multi: isTruthy(statement['multi']),
        upsert: isTruthy(statement['upsert']),
        arrayFilters: statement['arrayFilters'],
        collation: statement['collation'],
        sort:
          statement['sort'] === undefined ? undefined : objectField('update.updates.sort', statement['sort']),
        hint: statement['hint'],
        variables: isDocument(statement['c']) ? { ...shared, ...statement['c'] } : shared,
        bypassValidation: command['bypassDocumentValidation'] === true,
      });
      n += outcome.matched;
      nModified += outcome.modified;
      if (!Object.hasOwn(outcome, 'upsertedId')) return;
      n++;
      upserted.push({ index, _id: outcome.upsertedId });
    });
    return { n, nModified, ...(upserted.length > 0 ? { upserted } : {}), ...errors };
  },
};

/** https://www.mongodb.com/docs/manual/reference/command/delete/ */
export const deleteCommand: Command = {
  fields: ['deletes', 'ordered', 'let'],
  transactional: true,
  run(command, context) {
    const namespace = namespaceOf(context, command['delete']);
    const statements = objectsField('delete.deletes', command['deletes']);
    const variables = variablesOf(command['let']);
    let n = 0;
    const errors = runStatements(statements, command['ordered'] !== false, context, (statement) => {
      checkStatement('delete.deletes', statement, DELETE_FIELDS, ['q', 'limit']);
      const limit = integerField('delete.deletes.limit', statement['limit'], { otherwise: 0 });
      if (limit !== 0 && limit !== 1)
        throw new CommandError(
          'FailedToParse',
          `The limit field in delete objects must be 0 or 1. Got ${limit}`,
        );
      const filter = objectField('delete.deletes.q', statement['q']);
      n += runDelete(context, {
        namespace,
        filter,
        limit,
        collation: statement['collation'],
        hint: statement['hint'],
        variables,
      }).n;
    });
    return { n, ...errors };
  },
};

function checkStatement(
  name: string,
  statement: Document,
  known: ReadonlySet<string>,
  needed: readonly string[],
): void {
  for (const field of needed) {
    if (!Object.hasOwn(statement, field))
      throw new CommandError(
        'IDLFailedToParse',
        `BSON field '${name}.${field}' is missing but a required field`,
      );
  }
  for (const field of Object.keys(statement)) {
    if (!known.has(field))
      throw new CommandError('IDLUnknownField', `BSON field '${name}.${field}' is an unknown field.`);
  }
}
