import { type Document, isDocument } from '../bson/document.ts';
import { toInteger } from '../bson/numbers.ts';
import { orderKey } from '../bson/order.ts';
import { indexedValues, type Path, parsePath } from '../bson/path.ts';
import { CommandError, notSupported } from '../errors.ts';
import { compileFilter } from '../query/filter.ts';
import { withEverywhere } from '../query/projection.ts';
import { named } from './control.ts';
import { compileExpression } from './expression.ts';
import { compilePipeline, type PipelineContext, type Stage } from './pipeline.ts';

/** The stages that read other collections. */
export const JOINS: Record<string, Stage> = {
  $lookup: (argument, context) => {
    const spec = named(
      '$lookup',
      argument,
      ['as'],
      ['from', 'localField', 'foreignField', 'let', 'pipeline'],
    );
    const { as, from, localField, foreignField, pipeline } = spec;
    if (typeof as !== 'string')
      throw new CommandError('FailedToParse', "$lookup argument 'as' must be a string");
    if ((localField === undefined) !== (foreignField === undefined)) {
      throw new CommandError(
        'FailedToParse',
        '$lookup requires both or neither of localField and foreignField to be specified',
      );
    }
    if (localField === undefined && !Array.isArray(pipeline)) {
      throw new CommandError(
        'FailedToParse',
        '$lookup requires either pipeline or both localField and foreignField to be specified',
      );
    }
    const variables = Object.entries(isDocument(spec['let']) ? spec['let'] : {}).map(
      ([name, value]) => [name, compileExpression(value, context)] as const,
    );
    const steps = Array.isArray(pipeline) ? pipeline : undefined;
    if (steps)
      compilePipeline(steps, {
        ...context,
        variables: { ...context.variables, ...Object.fromEntries(variables.map(([name]) => [name, null])) },
      });
    return (documents) => {
      const foreign = from === undefined ? [] : collectionOf('$lookup', from, context);
      const partners = localField === undefined ? undefined : partnersBy(foreign, String(foreignField));
      const local = parsePath(String(localField));
      return documents.map((document) => {
        const joined = partners ? partnersOf(document, local, partners) : foreign;
        if (!steps) return withEverywhere(document, parsePath(as), joined);
        const values = Object.fromEntries(variables.map(([name, evaluate]) => [name, evaluate(document)]));
        const run = compilePipeline(steps, { ...context, variables: { ...context.variables, ...values } });
        return withEverywhere(document, parsePath(as), run(joined));
      });
    };
  },
  $unionWith: (argument, context) => {
    const spec =
      typeof argument === 'string'
        ? { coll: argument }
        : named('$unionWith', argument, [], ['coll', 'pipeline']);
    const run = compilePipeline(Array.isArray(spec['pipeline']) ? spec['pipeline'] : [], context);
    return (documents) => [
      ...documents,
      ...run(spec['coll'] === undefined ? [] : collectionOf('$unionWith', spec['coll'], context)),
    ];
  },
  $graphLookup: (argument, context) => {
    const spec = named(
      '$graphLookup',
      argument,
      ['from', 'startWith', 'connectFromField', 'connectToField', 'as'],
      ['maxDepth', 'depthField', 'restrictSearchWithMatch'],
    );
    const start = compileExpression(spec['startWith'], context);
    const restrict = isDocument(spec['restrictSearchWithMatch'])
      ? compileFilter(spec['restrictSearchWithMatch'], context).matches
      : () => true;
    const deepest =
      spec['maxDepth'] === undefined ? Number.POSITIVE_INFINITY : (toInteger(spec['maxDepth']) ?? Number.NaN);
    if (!(deepest >= 0)) throw new CommandError(40101, 'maxDepth requires a nonnegative argument');
    const [next, as] = [parsePath(String(spec['connectFromField'])), parsePath(String(spec['as']))];
    return (documents) => {
      const partners = partnersBy(
        collectionOf('$graphLookup', spec['from'], context).filter(restrict),
        String(spec['connectToField']),
      );
      return documents.map((document) => {
        const found = new Map<Document, number>();
        const first = start(document);
        let values: unknown[] = Array.isArray(first) ? first : [first];
        for (let depth = 0; depth <= deepest && values.length > 0; depth++) {
          const reached = values
            .flatMap((value) => partners.get(orderKey(value)) ?? [])
            .filter((partner) => !found.has(partner));
          for (const partner of reached) found.set(partner, depth);
          values = [...new Set(reached)].flatMap((partner) =>
            indexedValues(partner, next).filter((value) => value !== undefined),
          );
        }
        const shown = [...found].map(([partner, depth]) =>
          typeof spec['depthField'] === 'string' ? { ...partner, [spec['depthField']]: depth } : partner,
        );
        return withEverywhere(document, as, shown);
      });
    };
  },
};

function collectionOf(stage: string, name: unknown, { collection }: PipelineContext): Document[] {
  if (typeof name !== 'string') throw notSupported(`${stage} from another database`);
  if (!collection) throw new CommandError('InvalidOptions', `${stage} is not allowed to be used here`);
  return collection(name);
}

type Partners = Map<string, Document[]>;

/** The documents of the other collection by the values of the field that joins. */
function partnersBy(documents: Document[], field: string): Partners {
  const path = parsePath(field);
  const partners: Partners = new Map();
  for (const document of documents) {
    for (const key of new Set(indexedValues(document, path).map((value) => orderKey(value)))) {
      const known = partners.get(key);
      if (known) known.push(document);
      else partners.set(key, [document]);
    }
  }
  return partners;
}

/** A missing field joins with null and missing; an array with what any of its elements joins with. */
function partnersOf(document: Document, path: Path, partners: Partners): Document[] {
  const found = indexedValues(document, path).flatMap((value) => partners.get(orderKey(value)) ?? []);
  return [...new Set(found)];
}
