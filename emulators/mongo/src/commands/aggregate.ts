import { compilePipeline, type PipelineContext, stageParts } from '../aggregate/pipeline.ts';
import { type Document, isDocument } from '../bson/document.ts';
import { CommandError } from '../errors.ts';
import { select } from '../query/select.ts';
import { variablesOf } from './change-document.ts';
import {
  type Command,
  type CommandContext,
  collationFor,
  integerField,
  namespaceOf,
  objectField,
} from './command.ts';
import { writeResults } from './write-results.ts';

/** https://www.mongodb.com/docs/manual/reference/command/aggregate/ */
export const aggregate: Command = {
  fields: ['pipeline', 'cursor', 'allowDiskUse', 'collation', 'hint', 'let', 'bypassDocumentValidation'],
  refused: ['explain', 'exchange', 'fromMongos', 'needsMerge', 'isMapReduceCommand'],
  transactional: true,
  run(command, context) {
    const { pipeline } = command;
    if (!Array.isArray(pipeline))
      throw new CommandError('TypeMismatch', "'pipeline' option must be specified as an array");
    const whole = command['aggregate'] === 1;
    const namespace = whole
      ? `${context.database}.$cmd.aggregate`
      : namespaceOf(context, command['aggregate']);
    if (!isDocument(command['cursor'])) {
      throw new CommandError(
        'FailedToParse',
        "The 'cursor' option is required, except for aggregate with the explain argument",
      );
    }
    const cursor = objectField('aggregate.cursor', command['cursor']);
    const batchSize = integerField('aggregate.cursor.batchSize', cursor['batchSize'], {
      least: 0,
      otherwise: 101,
    });
    const last = pipeline.length > 0 ? stageParts(pipeline.at(-1)) : undefined;
    const output = last?.[0] === '$out' || last?.[0] === '$merge' ? last : undefined;
    const stages = output ? pipeline.slice(0, -1) : pipeline;
    const results = runOn(context, namespace, stages, command, whole);
    if (output) {
      if (context.inTransaction)
        throw new CommandError(
          'OperationNotSupportedInTransaction',
          `Operation not permitted in transaction :: caused by :: Aggregation stage ${output[0]} cannot run within a multi-document transaction`,
        );
      writeResults(context, output[0], output[1], results);
      return context.cursors.open(namespace, [], { batchSize, single: true, session: context.session });
    }
    return context.cursors.open(namespace, results, { batchSize, single: false, session: context.session });
  },
};

function runOn(
  context: CommandContext,
  namespace: string,
  pipeline: unknown[],
  command: Document,
  whole: boolean,
): Document[] {
  const collection = whole ? undefined : context.work.read(namespace);
  const collation = collationFor(command['collation'], collection);
  const variables = { NOW: context.now, ...variablesOf(command['let']) };
  const { hint } = command;
  const [[name, argument] = []] = pipeline.map(stageParts);
  if (whole && name !== '$documents') {
    throw new CommandError(
      'InvalidNamespace',
      `{aggregate: 1} is not valid for '${name}'; a collection is required.`,
    );
  }
  const pipelineContext: PipelineContext = {
    collation,
    variables,
    collection: (other) => everything(context, other),
  };
  if (name === '$match' && isDocument(argument)) {
    const { found, score } = select(collection, { filter: argument, collation, variables, hint });
    const run = compilePipeline(pipeline.slice(1), { ...pipelineContext, score });
    return run(collection ? found.map((stored) => collection.document(stored)) : []);
  }
  const run = compilePipeline(pipeline, pipelineContext);
  const { found } = select(collection, { filter: {}, hint });
  return run(collection ? found.map((stored) => collection.document(stored)) : []);
}

function everything(context: CommandContext, name: string): Document[] {
  const collection = context.work.read(namespaceOf(context, name));
  return collection ? Array.from(collection.all(), (stored) => collection.document(stored)) : [];
}
