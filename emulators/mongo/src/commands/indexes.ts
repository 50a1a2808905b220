import { type Document, isDocument } from '../bson/document.ts';
import { CommandError } from '../errors.ts';
import type { Collection } from '../store/collection.ts';
import { ID_INDEX, parseIndexSpec, sameKey } from '../store/index-spec.ts';
import { type Command, integerField, namespaceOf, objectField } from './command.ts';

/** https://www.mongodb.com/docs/manual/reference/command/createIndexes/ */
export const createIndexes: Command = {
  fields: ['indexes', 'commitQuorum', 'ignoreUnknownIndexOptions'],
  transactional: true,
  run(command, { work, inTransaction, ...context }) {
    const namespace = namespaceOf({ work, inTransaction, ...context }, command['createIndexes']);
    const { indexes } = command;
    if (!Array.isArray(indexes))
      throw new CommandError(
        'IDLFailedToParse',
        "BSON field 'createIndexes.indexes' is missing but a required field",
      );
    if (indexes.length === 0) throw new CommandError('BadValue', 'Must specify at least one index to create');
    const specs = indexes.map(parseIndexSpec);
    const existing = work.read(namespace);
    if (inTransaction && existing && existing.size > 0) {
      throw new CommandError(
        'OperationNotSupportedInTransaction',
        'Cannot create new indexes on existing collection in a multi-document transaction',
      );
    }
    const collection = work.ensure(namespace);
    const numIndexesBefore = existing ? collection.specs.length : 1;
    const inherited = collection.options['collation'];
    for (const spec of specs) {
      work.createIndex(
        collection,
        inherited && !spec['collation'] ? { ...spec, collation: inherited } : spec,
      );
    }
    const numIndexesAfter = collection.specs.length;
    return {
      numIndexesBefore,
      numIndexesAfter,
      createdCollectionAutomatically: !existing,
      ...(numIndexesBefore === numIndexesAfter && existing ? { note: 'all indexes already exist' } : {}),
    };
  },
};

/** https://www.mongodb.com/docs/manual/reference/command/listIndexes/ */
export const listIndexes: Command = {
  fields: ['cursor', 'includeBuildUUIDs', 'includeIndexBuildInfo'],
  run(command, context) {
    const namespace = namespaceOf(context, command['listIndexes']);
    const collection = context.work.read(namespace);
    if (!collection) throw new CommandError('NamespaceNotFound', `ns does not exist: ${namespace}`);
    const cursor = objectField('listIndexes.cursor', command['cursor']);
    const batchSize = integerField('listIndexes.cursor.batchSize', cursor['batchSize'], {
      least: 0,
      otherwise: 101,
    });
    return context.cursors.open(namespace, collection.specs.map(shown), {
      batchSize,
      single: false,
      session: context.session,
    });
  },
};

/** A text index shows the internal fields that it is made of. */
function shown({ key, ...rest }: Document): Document {
  const fields = isDocument(key) ? Object.entries(key) : [];
  if (!fields.some(([, kind]) => kind === 'text')) return { v: 2, key, ...rest };
  const internal = Object.fromEntries(
    fields.flatMap(([field, kind]): [string, unknown][] =>
      kind === 'text'
        ? [
            ['_fts', 'text'],
            ['_ftsx', 1],
          ]
        : [[field, kind]],
    ),
  );
  return { v: 2, key: internal, ...rest };
}

/** https://www.mongodb.com/docs/manual/reference/command/dropIndexes/ */
export const dropIndexes: Command = {
  fields: ['index'],
  run(command, context) {
    const namespace = namespaceOf(context, command['dropIndexes'] ?? command['deleteIndexes']);
    const collection = context.work.read(namespace);
    if (!collection) throw new CommandError('NamespaceNotFound', `ns not found ${namespace}`);
    const nIndexesWas = collection.specs.length;
    const names =
      command['index'] === '*'
        ? collection.indexes.map(({ spec }) => spec.name)
        : [command['index']].flat().map((index) => nameOf(collection, index));
    for (const name of names) context.work.dropIndex(collection, name);
    return { nIndexesWas };
  },
};

function nameOf(collection: Collection, index: unknown): string {
  const spec = collection.specs.find(({ name, key }) =>
    isDocument(index) ? sameKey(key, index) : name === index,
  );
  if (spec === ID_INDEX) throw new CommandError('InvalidOptions', 'cannot drop _id index');
  if (spec) return spec.name;
  throw isDocument(index)
    ? new CommandError('IndexNotFound', `can't find index with key: ${JSON.stringify(index)}`)
    : new CommandError('IndexNotFound', `index not found with name [${String(index)}]`);
}
