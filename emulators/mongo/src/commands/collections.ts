import { Binary } from 'bson';
import { type Document, isDocument } from '../bson/document.ts';
import { isNumeric, isTruthy, toNumber } from '../bson/numbers.ts';
import { CommandError } from '../errors.ts';
import { collationOf } from '../query/collation.ts';
import { compileFilter } from '../query/filter.ts';
import type { Collection } from '../store/collection.ts';
import { ID_INDEX, sameKey } from '../store/index-spec.ts';
import { type Command, integerField, namespaceOf, objectField } from './command.ts';

const COLLECTION_OPTIONS = [
  'validator',
  'validationLevel',
  'validationAction',
  'collation',
  'capped',
  'size',
  'max',
  'clusteredIndex',
];

/** https://www.mongodb.com/docs/manual/reference/command/create/ */
export const create: Command = {
  fields: [
    ...COLLECTION_OPTIONS,
    'storageEngine',
    'indexOptionDefaults',
    'idIndex',
    'autoIndexId',
    'changeStreamPreAndPostImages',
  ],
  refused: ['timeseries', 'expireAfterSeconds', 'viewOn', 'pipeline', 'encryptedFields', 'temp'],
  transactional: true,
  run(command, context) {
    const namespace = namespaceOf(context, command['create']);
    const options = Object.fromEntries(
      COLLECTION_OPTIONS.flatMap((name) => (command[name] === undefined ? [] : [[name, command[name]]])),
    );
    collationOf(options['collation']);
    checkValidator(options);
    if (isTruthy(options['capped']) && !isNumeric(options['size'])) {
      throw new CommandError('InvalidOptions', "the 'size' field is required when 'capped' is true");
    }
    const existing = context.work.read(namespace);
    if (existing && JSON.stringify(existing.options) !== JSON.stringify(options)) {
      throw new CommandError(
        'NamespaceExists',
        `namespace ${namespace} already exists, but with different options: ${JSON.stringify(existing.options)}`,
      );
    }
    if (!existing) context.work.create(namespace, options);
    return {};
  },
};

function checkValidator({
  validator,
  validationLevel = 'strict',
  validationAction = 'error',
}: Document): void {
  if (validator !== undefined) compileFilter(objectField('validator', validator));
  if (!['off', 'strict', 'moderate'].includes(String(validationLevel))) {
    throw new CommandError(
      'BadValue',
      `Enumeration value '${String(validationLevel)}' for field 'validationLevel' is not a valid value.`,
    );
  }
  if (!['error', 'warn'].includes(String(validationAction))) {
    throw new CommandError(
      'BadValue',
      `Enumeration value '${String(validationAction)}' for field 'validationAction' is not a valid value.`,
    );
  }
}

/** https://www.mongodb.com/docs/manual/reference/command/drop/ */
export const drop: Command = {
  fields: [],
  run(command, context) {
    const namespace = namespaceOf(context, command['drop']);
    const collection = context.work.read(namespace);
    if (!collection) return {};
    context.work.drop(collection);
    return { nIndexesWas: collection.specs.length, ns: namespace };
  },
};

/** https://www.mongodb.com/docs/manual/reference/command/dropDatabase/ */
export const dropDatabase: Command = {
  fields: [],
  run(_command, { work, database }) {
    for (const collection of work.catalog.ofDatabase(database)) work.drop(collection);
    return { dropped: database };
  },
};

/** https://www.mongodb.com/docs/manual/reference/command/renameCollection/ */
export const renameCollection: Command = {
  fields: ['to', 'dropTarget'],
  run(command, { work, database }) {
    const { renameCollection: from, to } = command;
    if (database !== 'admin')
      throw new CommandError('Unauthorized', 'renameCollection may only be run against the admin database.');
    if (typeof from !== 'string' || typeof to !== 'string')
      throw new CommandError('TypeMismatch', "'renameCollection' and 'to' must be strings");
    const collection = work.read(from);
    if (!collection) throw new CommandError('NamespaceNotFound', `Source collection ${from} does not exist`);
    if (from === to) throw new CommandError('IllegalOperation', "Can't rename a collection to itself");
    if (work.read(to) && !isTruthy(command['dropTarget']))
      throw new CommandError('NamespaceExists', 'target namespace exists');
    work.rename(collection, to);
    return {};
  },
};

/** https://www.mongodb.com/docs/manual/reference/command/listCollections/ */
export const listCollections: Command = {
  fields: ['filter', 'nameOnly', 'authorizedCollections', 'cursor'],
  run(command, context) {
    const { matches } = compileFilter(objectField('listCollections.filter', command['filter']));
    const cursor = objectField('listCollections.cursor', command['cursor']);
    const nameOnly = command['nameOnly'] === true;
    const found = context.work.catalog
      .ofDatabase(context.database)
      .map((collection) => described(collection, context.database))
      .filter(matches);
    const shown = nameOnly ? found.map(({ name, type }) => ({ name, type })) : found;
    const batchSize = integerField('listCollections.cursor.batchSize', cursor['batchSize'], {
      least: 0,
      otherwise: 101,
    });
    return context.cursors.open(`${context.database}.$cmd.listCollections`, shown, {
      batchSize,
      single: false,
      session: context.session,
    });
  },
};

function described({ namespace, options, uuid }: Collection, database: string): Document {
  return {
    name: namespace.slice(database.length + 1),
    type: 'collection',
    options,
    info: {
      readOnly: false,
      uuid: Binary.createFromHexString(uuid.replaceAll('-', ''), Binary.SUBTYPE_UUID),
    },
    idIndex: ID_INDEX,
  };
}

/** https://www.mongodb.com/docs/manual/reference/command/collMod/ */
export const collMod: Command = {
  fields: ['index', 'validator', 'validationLevel', 'validationAction', 'changeStreamPreAndPostImages'],
  refused: [
    'viewOn',
    'pipeline',
    'cappedSize',
    'cappedMax',
    'timeseries',
    'expireAfterSeconds',
    'prepareUnique',
    'dryRun',
  ],
  run(command, context) {
    const namespace = namespaceOf(context, command['collMod']);
    const collection = context.work.read(namespace);
    if (!collection) throw new CommandError('NamespaceNotFound', `ns does not exist: ${namespace}`);
    const changes = Object.fromEntries(
      ['validator', 'validationLevel', 'validationAction'].flatMap((name) =>
        command[name] === undefined ? [] : [[name, command[name]]],
      ),
    );
    const options = { ...collection.options, ...changes };
    checkValidator(options);
    if (Object.keys(changes).length > 0) context.work.setOptions(collection, options);
    if (command['index'] === undefined) return {};
    return changeIndex(
      context.work.catalog.need(namespace),
      objectField('collMod.index', command['index']),
      context.work,
    );
  },
};

function changeIndex(
  collection: Collection,
  index: Document,
  work: Parameters<Command['run']>[1]['work'],
): Document {
  const { name, keyPattern, ...changes } = index;
  const spec = collection.specs.find(
    (other) => other.name === name || (isDocument(keyPattern) && sameKey(other.key, keyPattern)),
  );
  if (!spec)
    throw new CommandError(
      'IndexNotFound',
      `cannot find index ${String(name ?? JSON.stringify(keyPattern))} for ns ${collection.namespace}`,
    );
  for (const option of Object.keys(changes)) {
    if (!['expireAfterSeconds', 'hidden', 'unique'].includes(option))
      throw new CommandError('IDLUnknownField', `BSON field 'collMod.index.${option}' is an unknown field.`);
  }
  work.dropIndex(collection, spec.name);
  work.createIndex(collection, { ...spec, ...changes });
  const { expireAfterSeconds: before } = spec;
  const after = changes['expireAfterSeconds'];
  if (after === undefined) return {};
  return {
    expireAfterSeconds_old: isNumeric(before) ? toNumber(before) : undefined,
    expireAfterSeconds_new: after,
  };
}
