import { randomInt } from 'node:crypto';
import { type Document, isDocument, isEmpty } from '../bson/document.ts';
import { isTruthy, toInteger } from '../bson/numbers.ts';
import { type Path, parsePath, valueAt } from '../bson/path.ts';
import { typeName } from '../bson/types.ts';
import { CommandError } from '../errors.ts';
import { compileFilter } from '../query/filter.ts';
import { compileProjection, withEverywhere } from '../query/projection.ts';
import { sortBy } from '../query/sort.ts';
import { named } from './control.ts';
import { compilation, compileExpression, type Scope } from './expression.ts';
import { GROUPS } from './groups.ts';
import { JOINS } from './joins.ts';
import { MINGO_STAGES } from './mingo-stages.ts';
import { compilePipeline, objectOf, type PipelineContext, type Stage, scopesOf } from './pipeline.ts';

export const STAGES: Record<string, Stage> = {
  ...MINGO_STAGES,
  ...JOINS,
  ...GROUPS,
  $match: (argument, context) => {
    const { matches } = compileFilter(objectOf('$match', 15959, argument), context);
    return (documents) => documents.filter(matches);
  },
  $project: (argument, context) => {
    const projection = objectOf('$project', 15969, argument);
    if (isEmpty(projection))
      throw new CommandError(
        51272,
        'Invalid $project :: caused by :: projection specification must have at least one field',
      );
    const project = compileProjection(projection, context);
    return (documents) => documents.map(project);
  },
  $addFields: addFields,
  $set: addFields,
  $unset: (argument) => {
    const fields = Array.isArray(argument) ? argument : [argument];
    if (fields.length === 0 || fields.some((field) => typeof field !== 'string')) {
      throw new CommandError(
        31002,
        '$unset specification must be a string or an array containing only string values',
      );
    }
    const project = compileProjection(Object.fromEntries(fields.map((field) => [field, 0])));
    return (documents) => documents.map(project);
  },
  $sort: (argument, context) => {
    const sort = objectOf('$sort', 15973, argument);
    if (isEmpty(sort)) throw new CommandError(15976, '$sort stage must have at least one sort key');
    return (documents) => sortBy(documents, sort, (document) => document, context);
  },
  $limit: (argument) => {
    const count = toInteger(argument);
    if (count === undefined)
      throw new CommandError(
        2107201,
        `invalid argument to $limit stage: Expected an integer: $limit: ${String(argument)}`,
      );
    if (count <= 0) throw new CommandError(15958, 'the limit must be positive');
    return (documents) => documents.slice(0, count);
  },
  $skip: (argument) => {
    const count = toInteger(argument);
    if (count === undefined || count < 0)
      throw new CommandError(
        5107200,
        `invalid argument to $skip stage: Expected a non-negative number in: $skip: ${String(argument)}`,
      );
    return (documents) => documents.slice(count);
  },
  $count: (argument) => {
    if (typeof argument !== 'string' || argument === '' || /^\$|[.\0]/.test(argument)) {
      throw new CommandError(
        40156,
        'the count field must be a non-empty string that is no path and does not begin with $',
      );
    }
    return (documents) => (documents.length > 0 ? [{ [argument]: documents.length }] : []);
  },
  $unwind: (argument) => unwind(typeof argument === 'string' ? { path: argument } : argument),
  $replaceRoot: (argument, context) =>
    replaceRoot(named('$replaceRoot', argument, ['newRoot'])['newRoot'], context),
  $replaceWith: replaceRoot,
  $sample: (argument) => {
    const size = toInteger(isDocument(argument) ? argument['size'] : undefined);
    if (size === undefined || size < 0)
      throw new CommandError(28747, 'size argument to $sample must be a non-negative integer');
    return (documents) => shuffled(documents).slice(0, size);
  },
  $facet: (argument, context) => {
    const facets = Object.entries(objectOf('$facet', 40169, argument)).map(([name, pipeline]) => {
      if (!Array.isArray(pipeline))
        throw new CommandError(
          40170,
          `arguments to $facet must be arrays, ${name} is type ${typeName(pipeline)}`,
        );
      return [name, compilePipeline(pipeline, context)] as const;
    });
    return (documents) => [Object.fromEntries(facets.map(([name, run]) => [name, run(documents)]))];
  },
  $redact: (argument, context) => {
    const decide = compilation(context).compile(argument);
    return (documents) =>
      scopesOf(documents, context).flatMap((scope) => {
        const kept = redact(scope, decide);
        return isDocument(kept) ? [kept] : [];
      });
  },
  $documents: (argument, context) => {
    const made = compileExpression(argument, context)({});
    if (!Array.isArray(made) || !made.every(isDocument))
      throw new CommandError(5858203, "an array of documents is expected in '$documents'");
    return () => made;
  },
};

function addFields(argument: unknown, context: PipelineContext): (documents: Document[]) => Document[] {
  const fields = objectOf('$addFields', 40272, argument);
  if (isEmpty(fields))
    throw new CommandError(
      40177,
      'Invalid $addFields :: caused by :: specification must have at least one field',
    );
  const edits = flattened(fields).map(([path, value]) => {
    if (isDocument(value) && Object.hasOwn(value, '$meta'))
      return [path, (document: unknown) => context.score?.(document as Document) ?? 0] as const;
    return [path, compileExpression(value, context)] as const;
  });
  return (documents) =>
    documents.map((document) =>
      edits.reduce((shown, [path, evaluate]) => withEverywhere(shown, path, evaluate(document)), document),
    );
}

/** `{ a: { b: 1 } }` sets `a.b` and leaves the rest of `a` as it is. */
function flattened(fields: Document, prefix: Path = []): [Path, unknown][] {
  return Object.entries(fields).flatMap(([field, value]): [Path, unknown][] => {
    const path = [...prefix, ...parsePath(field)];
    if (path.some((part) => part === ''))
      throw new CommandError(40352, 'FieldPath cannot be constructed with empty string');
    if (path.some((part) => part.startsWith('$')))
      throw new CommandError(
        16410,
        "FieldPath field names may not start with '$'. Consider using $getField or $setField.",
      );
    const nested = isDocument(value) && !isEmpty(value) && !Object.keys(value)[0]?.startsWith('$');
    return nested ? flattened(value, path) : [[path, value]];
  });
}

function unwind(argument: unknown): (documents: Document[]) => Document[] {
  const {
    path,
    includeArrayIndex: index,
    preserveNullAndEmptyArrays: preserve,
  } = named('$unwind', argument, ['path'], ['includeArrayIndex', 'preserveNullAndEmptyArrays']);
  if (typeof path !== 'string' || !path.startsWith('$')) {
    throw new CommandError(
      28818,
      `path option to $unwind stage should be prefixed with a '$': ${String(path)}`,
    );
  }
  const at = parsePath(path.slice(1));
  const withIndex = (document: Document, position: number | null) =>
    typeof index === 'string' ? withEverywhere(document, parsePath(index), position) : document;
  return (documents) =>
    documents.flatMap((document) => {
      const value = valueAt(document, at);
      if (Array.isArray(value) && value.length > 0) {
        return value.map((item, position) => withIndex(withEverywhere(document, at, item), position));
      }
      const nothing = value === undefined || value === null || Array.isArray(value);
      if (!nothing) return [withIndex(document, null)];
      if (!isTruthy(preserve)) return [];
      return [withIndex(Array.isArray(value) ? withEverywhere(document, at, undefined) : document, null)];
    });
}

function replaceRoot(argument: unknown, context: PipelineContext): (documents: Document[]) => Document[] {
  const evaluate = compileExpression(argument, context);
  return (documents) =>
    documents.map((document) => {
      const root = evaluate(document);
      if (isDocument(root)) return root;
      throw new CommandError(
        40228,
        `'newRoot' expression must evaluate to an object, but resulting value was of type: ${typeName(root)}`,
      );
    });
}

function shuffled(documents: Document[]): Document[] {
  const out = [...documents];
  for (let at = out.length - 1; at > 0; at--) {
    const other = randomInt(at + 1);
    [out[at], out[other]] = [out[other] as Document, out[at] as Document];
  }
  return out;
}

function redact(scope: Scope, decide: (scope: Scope) => unknown): unknown {
  const decision = decide(scope);
  if (decision === '$$KEEP') return scope.root;
  if (decision === '$$PRUNE') return undefined;
  if (decision !== '$$DESCEND')
    throw new CommandError(17053, '$redact must evaluate to $$DESCEND, $$KEEP or $$PRUNE');
  const below = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(below).filter((item) => item !== undefined);
    return isDocument(value) ? redact({ ...scope, root: value }, decide) : value;
  };
  const entries = Object.entries(scope.root as Document).map(
    ([field, value]) => [field, below(value)] as const,
  );
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
}
