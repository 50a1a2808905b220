import { type Document, isDocument } from '../bson/document.ts';
import { isTruthy } from '../bson/numbers.ts';
import { CommandError } from '../errors.ts';
import type { Update } from '../update/apply.ts';
import { runDelete, runUpdate, variablesOf } from './change-document.ts';
import { type Command, type CommandContext, integerField, objectField, objectsField } from './command.ts';
import { insertDocument } from './insert.ts';
import { runStatements } from './write-errors.ts';

/** https://www.mongodb.com/docs/manual/reference/command/bulkWrite/ */
export const bulkWrite: Command = {
  fields: ['ops', 'nsInfo', 'ordered', 'bypassDocumentValidation', 'let', 'errorsOnly', 'cursor'],
  transactional: true,
  run(command, context) {
    if (context.database !== 'admin')
      throw new CommandError('Unauthorized', 'bulkWrite may only be run against the admin database.');
    const operations = objectsField('bulkWrite.ops', command['ops']);
    const namespaces = objectsField('bulkWrite.nsInfo', command['nsInfo']).map(({ ns }) => String(ns));
    const bypass = command['bypassDocumentValidation'] === true;
    const variables = variablesOf(command['let']);
    const totals = { nErrors: 0, nInserted: 0, nMatched: 0, nModified: 0, nUpserted: 0, nDeleted: 0 };
    const outcomes: Document[] = [];
    const errors = runStatements(operations, command['ordered'] !== false, context, (operation, idx) => {
      const outcome = runOne(context, operation, namespaces, variables, bypass);
      for (const [name, count] of Object.entries(outcome.totals))
        totals[name as keyof typeof totals] += count;
      outcomes.push({ ok: 1, idx, ...outcome.shown });
    });
    for (const { index, code, errmsg, ...extra } of errors.writeErrors ?? []) {
      totals.nErrors++;
      outcomes.push({ ok: 0, idx: index, n: 0, code, errmsg, ...extra });
    }
    const shown = command['errorsOnly'] === true ? outcomes.filter(({ ok }) => ok === 0) : outcomes;
    const cursor = objectField('bulkWrite.cursor', command['cursor']);
    const batchSize = integerField('bulkWrite.cursor.batchSize', cursor['batchSize'], {
      least: 0,
      otherwise: Number.POSITIVE_INFINITY,
    });
    const sorted = shown.sort((a, b) => Number(a['idx']) - Number(b['idx']));
    return {
      ...context.cursors.open('admin.$cmd.bulkWrite', sorted, {
        batchSize,
        single: false,
        session: context.session,
      }),
      ...totals,
    };
  },
};

interface Outcome {
  totals: Record<string, number>;
  shown: Document;
}

function runOne(
  context: CommandContext,
  operation: Document,
  namespaces: string[],
  variables: Document | undefined,
  bypass: boolean,
): Outcome {
  const [kind = ''] = Object.keys(operation);
  const namespace = namespaces[Number(operation[kind])];
  if (namespace === undefined)
    throw new CommandError(
      'BadValue',
      `BulkWrite ops entry ${JSON.stringify(operation)} has an invalid nsInfo index.`,
    );
  const { filter, collation, hint, multi, sort } = operation;
  const own = isDocument(operation['constants']) ? { ...variables, ...operation['constants'] } : variables;
  const selection = {
    namespace,
    filter: objectField('bulkWrite.filter', filter),
    collation,
    hint,
    variables: own,
    sort: isDocument(sort) ? sort : undefined,
  };
  switch (kind) {
    case 'insert':
      insertDocument(context, namespace, objectField('bulkWrite.document', operation['document']), bypass);
      return { totals: { nInserted: 1 }, shown: { n: 1 } };
    case 'delete': {
      const { n } = runDelete(context, { ...selection, limit: isTruthy(multi) ? 0 : 1 });
      return { totals: { nDeleted: n }, shown: { n } };
    }
    case 'update': {
      const outcome = runUpdate(context, {
        ...selection,
        update: operation['updateMods'] as Update,
        multi: isTruthy(multi),
        upsert: isTruthy(operation['upsert']),
        arrayFilters: operation['arrayFilters'],
        bypassValidation: bypass,
      });
      const upserted = Object.hasOwn(outcome, 'upsertedId');
      return {
        totals: { nMatched: outcome.matched, nModified: outcome.modified, nUpserted: upserted ? 1 : 0 },
        shown: {
          n: outcome.matched + (upserted ? 1 : 0),
          nModified: outcome.modified,
          ...(upserted ? { upserted: { _id: outcome.upsertedId } } : {}),
        },
      };
    }
    default:
      throw new CommandError('IDLUnknownField', `BSON field 'bulkWrite.ops.${kind}' is an unknown field.`);
  }
}
