import { ObjectId } from 'bson';
import { runPipeline } from '../aggregate/pipeline.ts';
import { type Document, isDocument } from '../bson/document.ts';
import { encodeStored } from '../bson/encode.ts';
import { equal, orderKey } from '../bson/order.ts';
import { parsePath, valueAt } from '../bson/path.ts';
import { CommandError, notSupported } from '../errors.ts';
import { select } from '../query/select.ts';
import { ID_INDEX } from '../store/index-spec.ts';
import { type CommandContext, namespaceOf } from './command.ts';

/** `$out` and `$merge`: writes what a pipeline made into a collection. */
export function writeResults(
  context: CommandContext,
  stage: string,
  argument: unknown,
  documents: Document[],
): void {
  const withIds = documents.map((document) =>
    '_id' in document ? document : { _id: new ObjectId(), ...document },
  );
  if (stage === '$out') out(context, argument, withIds);
  else merge(context, argument, withIds);
}

function target(context: CommandContext, stage: string, given: unknown): string {
  if (typeof given === 'string') return namespaceOf(context, given);
  if (isDocument(given) && typeof given['coll'] === 'string') {
    if (given['timeseries'] !== undefined) throw notSupported(`the option 'timeseries' of '${stage}'`);
    return namespaceOf({ ...context, database: String(given['db'] ?? context.database) }, given['coll']);
  }
  throw new CommandError(16990, `the ${stage} stage requires a string or object argument`);
}

/** The collection is replaced as a whole, its indexes stay. */
function out(context: CommandContext, argument: unknown, documents: Document[]): void {
  const namespace = target(context, '$out', argument);
  const { work } = context;
  const before = work.read(namespace);
  if (before) work.drop(before);
  const collection = work.create(namespace, before?.options ?? {});
  for (const spec of before?.specs ?? []) if (spec !== ID_INDEX) work.createIndex(collection, spec);
  for (const document of documents) work.insert(namespace, document);
}

function merge(context: CommandContext, argument: unknown, documents: Document[]): void {
  const spec: Document = isDocument(argument) && 'into' in argument ? argument : { into: argument };
  const namespace = target(context, '$merge', spec['into']);
  const fields = [spec['on'] ?? '_id'].flat().map(String);
  const { whenMatched = 'merge', whenNotMatched = 'insert' } = spec;
  const { work } = context;
  checkUnique(context, namespace, fields);
  for (const document of documents) {
    const filter = Object.fromEntries(
      fields.map((field) => [field, { $eq: valueAt(document, parsePath(field)) ?? null }]),
    );
    const collection = work.read(namespace);
    const [stored] = select(collection, { filter, limit: 1 }).found;
    if (!stored || !collection) {
      if (whenNotMatched === 'fail')
        throw new CommandError(
          13113,
          '$merge could not find a matching document in the target collection for at least one document in the source collection',
        );
      if (whenNotMatched === 'insert') work.insert(namespace, document);
      continue;
    }
    const before = collection.document(stored);
    const after = matched(context, whenMatched, before, document);
    if (!after) continue;
    if (!equal(after['_id'], before['_id']))
      throw new CommandError(
        'ImmutableField',
        '$merge failed to update the matching document, did you attempt to modify the _id or the shard key?',
      );
    if (orderKey(after) !== orderKey(before))
      work.update(collection, stored, after, encodeStored(after), 'update');
  }
}

function matched(
  context: CommandContext,
  how: unknown,
  before: Document,
  document: Document,
): Document | undefined {
  const { _id, ...fields } = document;
  if (Array.isArray(how))
    return runPipeline([before], how, { variables: { new: document, NOW: context.now } })[0];
  switch (how) {
    case 'replace':
      return { _id: before['_id'], ...fields };
    case 'merge':
      return { ...before, ...fields };
    case 'keepExisting':
      return undefined;
    case 'fail':
      throw new CommandError(
        'DuplicateKey',
        '$merge found a document that is in the target collection already',
      );
    default:
      throw new CommandError(
        'BadValue',
        `Enumeration value '${String(how)}' for field 'whenMatched' is not a valid value.`,
      );
  }
}

/** `on` must name the fields of a unique index. */
function checkUnique({ work }: CommandContext, namespace: string, fields: string[]): void {
  const wanted = [...fields].sort().join();
  const fits = work
    .read(namespace)
    ?.specs.some(({ key, unique }) => (unique || '_id' in key) && Object.keys(key).sort().join() === wanted);
  if (wanted !== '_id' && !fits)
    throw new CommandError(51183, 'Cannot find index to verify that join fields will be unique');
}
