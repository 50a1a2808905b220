import { type Document, isEmpty } from '../bson/document.ts';
import { CommandError } from '../errors.ts';
import { compileProjection } from '../query/projection.ts';
import { select } from '../query/select.ts';
import { variablesOf } from './change-document.ts';
import { type Command, collationFor, integerField, namespaceOf, objectField } from './command.ts';

/** https://www.mongodb.com/docs/manual/reference/command/find/ */
export const find: Command = {
  fields: [
    'filter',
    'sort',
    'projection',
    'hint',
    'skip',
    'limit',
    'batchSize',
    'singleBatch',
    'collation',
    'let',
    'noCursorTimeout',
    'allowDiskUse',
    'allowPartialResults',
    'oplogReplay',
  ],
  refused: ['tailable', 'awaitData', 'returnKey', 'showRecordId', 'min', 'max', 'readOnce', 'term'],
  transactional: true,
  run(command, context) {
    const namespace = namespaceOf(context, command['find']);
    const collection = context.work.read(namespace);
    const filter = objectField('find.filter', command['filter']);
    const variables = variablesOf(command['let']);
    const collation = collationFor(command['collation'], collection);
    const limit = integerField('find.limit', command['limit'], { least: 0, otherwise: 0 });
    const { found, score } = select(collection, {
      hint: command['hint'],
      filter,
      sort: objectField('find.sort', command['sort']),
      skip: integerField('find.skip', command['skip'], { least: 0, otherwise: 0 }),
      limit,
      collation,
      variables,
    });
    const projection = objectField('find.projection', command['projection']);
    const project = compileProjection(projection, { filter, score, collation, variables });
    const results =
      isEmpty(projection) || !collection
        ? found.map(({ bytes }) => bytes)
        : found.map((stored) => project(collection.document(stored)));
    return context.cursors.open(namespace, results, {
      batchSize: integerField('find.batchSize', command['batchSize'], { least: 0, otherwise: 101 }),
      single: command['singleBatch'] === true,
      session: context.session,
    });
  },
};

/** https://www.mongodb.com/docs/manual/reference/command/getMore/ */
export const getMore: Command = {
  fields: ['collection', 'batchSize', 'term', 'lastKnownCommittedOpTime'],
  transactional: true,
  run(command, context) {
    namespaceOf(context, command['collection']);
    const batchSize = integerField('getMore.batchSize', command['batchSize'], { least: 0, otherwise: 0 });
    return context.cursors.more(String(command['getMore']), batchSize || Number.POSITIVE_INFINITY);
  },
};

/** https://www.mongodb.com/docs/manual/reference/command/killCursors/ */
export const killCursors: Command = {
  fields: ['cursors'],
  transactional: true,
  run(command, context): Document {
    if (!Array.isArray(command['cursors']))
      throw new CommandError(
        'IDLFailedToParse',
        "BSON field 'killCursors.cursors' is missing but a required field",
      );
    return context.cursors.kill(command['cursors']);
  },
};
