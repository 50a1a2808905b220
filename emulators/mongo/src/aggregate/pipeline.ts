import { type Document, isDocument } from '../bson/document.ts';
import { typeName } from '../bson/types.ts';
import { CommandError, notSupported } from '../errors.ts';
import type { Collation } from '../query/collation.ts';
import type { TextScore } from '../query/text.ts';
import type { Scope } from './expression.ts';
import { STAGES } from './stages.ts';

/** What a pipeline may use. */
export interface PipelineContext {
  variables?: Document | undefined;
  collation?: Collation | undefined;
  /** The documents of another collection of the database. */
  collection?: (name: string) => Document[];
  /** The score of the `$text` search that the pipeline begins with. */
  score?: TextScore | undefined;
}

/** Makes a stage's work from its argument as written. */
export type Stage = (argument: unknown, context: PipelineContext) => (documents: Document[]) => Document[];

const REFUSED = new Set([
  '$geoNear',
  '$listSessions',
  '$currentOp',
  '$indexStats',
  '$planCacheStats',
  '$search',
  '$searchMeta',
  '$vectorSearch',
  '$rankFusion',
  '$listSampledQueries',
  '$queryStats',
  '$changeStreamSplitLargeEvent',
  '$changeStream',
  '$collStats',
  '$listLocalSessions',
]);

/**
 * Runs an aggregation pipeline (https://www.mongodb.com/docs/manual/reference/operator/aggregation-pipeline/). The
 * documents that go in stay as they are.
 *
 * @throws CommandError for what is malformed, and by name for stages that are not supported
 */
export function runPipeline(
  documents: Document[],
  pipeline: readonly unknown[],
  context: PipelineContext,
): Document[] {
  return compilePipeline(pipeline, context)(documents);
}

export function compilePipeline(
  pipeline: readonly unknown[],
  context: PipelineContext,
): (documents: Document[]) => Document[] {
  const stages = pipeline.map((stage, at) => compileStage(stage, at, context));
  return (documents) => stages.reduce((current, stage) => stage(current), documents);
}

function compileStage(stage: unknown, at: number, context: PipelineContext): ReturnType<Stage> {
  const [name, argument] = stageParts(stage);
  const make = Object.hasOwn(STAGES, name) ? STAGES[name] : undefined;
  if (name === '$documents' && at > 0)
    throw new CommandError(40602, `${name} is only valid as the first stage in a pipeline`);
  if (make) return make(argument, context);
  if (name === '$out' || name === '$merge')
    throw new CommandError(40601, `${name} can only be the final stage in the pipeline`);
  if (REFUSED.has(name)) throw notSupported(`the pipeline stage '${name}'`);
  throw new CommandError(40324, `Unrecognized pipeline stage name: '${name}'`);
}

/** A stage's name and argument. */
export function stageParts(stage: unknown): [name: string, argument: unknown] {
  if (!isDocument(stage))
    throw new CommandError('TypeMismatch', "Each element of the 'pipeline' array must be an object");
  const names = Object.keys(stage);
  if (names.length !== 1) {
    throw new CommandError(40323, 'A pipeline stage specification object must contain exactly one field.');
  }
  return [names[0] as string, stage[names[0] as string]];
}

/** The argument of a stage that takes a document; else the error with the code that the stage has for it. */
export function objectOf(name: string, code: number, argument: unknown): Document {
  if (isDocument(argument)) return argument;
  throw new CommandError(code, `the ${name} filter must be an object, not of type ${typeName(argument)}`);
}

/** The documents as expressions see them. */
export const scopesOf = (documents: Document[], { variables = {} }: PipelineContext): Scope[] =>
  documents.map((root) => ({ root, variables }));
