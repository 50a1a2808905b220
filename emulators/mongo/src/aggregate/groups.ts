import type { Document } from '../bson/document.ts';
import { compare, orderKey, rankOf } from '../bson/order.ts';
import { CommandError } from '../errors.ts';
import { compileAccumulator } from './accumulators.ts';
import { compareInExpression } from './comparison.ts';
import { named } from './control.ts';
import { compilation, compileExpression, type Scope } from './expression.ts';
import { compilePipeline, objectOf, type PipelineContext, type Stage, scopesOf } from './pipeline.ts';

/** The stages that put documents together. */
export const GROUPS: Record<string, Stage> = {
  $group: group,
  $sortByCount: (argument, context) =>
    compilePipeline([{ $group: { _id: argument, count: { $sum: 1 } } }, { $sort: { count: -1 } }], context),
  $bucket: bucket,
};

function group(argument: unknown, context: PipelineContext): (documents: Document[]) => Document[] {
  const { _id, ...fields } = objectOf('$group', 15947, argument);
  if (!Object.hasOwn(argument as Document, '_id'))
    throw new CommandError(15955, 'a group specification must include an _id');
  const key = compilation(context).compile(_id);
  const accumulators = Object.entries(fields).map(([field, spec]) => {
    if (field.includes('.')) throw new CommandError(40235, `The field name '${field}' cannot contain '.'`);
    return [field, compileAccumulator(field, spec, compilation(context))] as const;
  });
  return (documents) => {
    const groups = new Map<string, { id: unknown; scopes: Scope[] }>();
    for (const scope of scopesOf(documents, context)) {
      const id = key(scope);
      const group = orderKey(id, context.collation?.fold);
      const known = groups.get(group);
      if (known) known.scopes.push(scope);
      else groups.set(group, { id: id ?? null, scopes: [scope] });
    }
    return [...groups.values()].map(({ id, scopes }) => ({
      _id: id,
      ...Object.fromEntries(accumulators.map(([field, accumulate]) => [field, accumulate(scopes)])),
    }));
  };
}

function bucket(argument: unknown, context: PipelineContext): (documents: Document[]) => Document[] {
  const {
    groupBy,
    boundaries,
    default: other,
    output = { count: { $sum: 1 } },
  } = named('$bucket', argument, ['groupBy', 'boundaries'], ['default', 'output']);
  if (!Array.isArray(boundaries) || boundaries.length < 2)
    throw new CommandError(40192, "The $bucket 'boundaries' field must have at least 2 values");
  const rising = boundaries.every(
    (bound, at) =>
      at === 0 || (rankOf(bound) === rankOf(boundaries[at - 1]) && compare(bound, boundaries[at - 1]) > 0),
  );
  if (!rising)
    throw new CommandError(40194, "The 'boundaries' option to $bucket must be sorted, and of one type");
  const key = compileExpression(groupBy, context);
  const byBucket = group({ _id: '$bucket', ...objectOf('$bucket', 40196, output) }, context);
  return (documents) => {
    const labelled = documents.map((document) => {
      const value = key(document);
      const at = boundaries.findLastIndex(
        (bound) => compareInExpression(value, bound, context.collation) >= 0,
      );
      const inside = at >= 0 && at < boundaries.length - 1;
      if (!inside && other === undefined) {
        throw new CommandError(
          7157300,
          '$switch could not find a matching branch for an input, and no default was specified.',
        );
      }
      return { id: inside ? boundaries[at] : other, document };
    });
    const groups = new Map<string, { id: unknown; documents: Document[] }>();
    for (const { id, document } of labelled) {
      const known = groups.get(orderKey(id));
      if (known) known.documents.push(document);
      else groups.set(orderKey(id), { id, documents: [document] });
    }
    return [...groups.entries()]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .flatMap(([, { id, documents: members }]) => byBucket(members).map((made) => ({ ...made, _id: id })));
  };
}
