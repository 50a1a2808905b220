import { compileExpression } from '../aggregate/expression.ts';
import { type Document, isDocument, isEmpty, setField } from '../bson/document.ts';
import { isNumeric, isTruthy, toInteger } from '../bson/numbers.ts';
import { type Path, parsePath, valueAt } from '../bson/path.ts';
import { CommandError } from '../errors.ts';
import type { FilterOptions } from './filter.ts';
import { compileValueFilter } from './filter.ts';
import { positionalMatch } from './positional.ts';
import type { TextScore } from './text.ts';

/** Which fields, below which, are named. */
type Tree = Map<string, Tree | true>;
/** Changes one field of what is shown. */
type Edit = (shown: Document, document: Document) => Document;

export interface ProjectionOptions extends FilterOptions {
  /** The query's filter, for the positional `$`; undefined where that is not allowed. */
  filter?: Document;
  score?: TextScore | undefined;
}

/**
 * Compiles a projection, of `find` or `$project`
 * (https://www.mongodb.com/docs/manual/reference/method/db.collection.find/#projection).
 *
 * @throws CommandError for what is malformed
 */
export function compileProjection(
  projection: Document,
  options: ProjectionOptions = {},
): (document: Document) => Document {
  if (isEmpty(projection)) return (document) => document;
  const plan = new Plan(options);
  for (const [field, how] of Object.entries(flatten(projection))) plan.add(field, how);
  return plan.compile();
}

class Plan {
  private readonly named: Tree = new Map();
  private readonly edits: Edit[] = [];
  private including: boolean | undefined;
  private id: boolean | undefined;
  private readonly options: ProjectionOptions;
  private readonly slices: string[] = [];

  constructor(options: ProjectionOptions) {
    this.options = options;
  }

  add(field: string, how: unknown): void {
    const flag = isNumeric(how) || typeof how === 'boolean' ? isTruthy(how) : undefined;
    if (field === '_id' && flag !== undefined) this.id = flag;
    else if (field.endsWith('.$')) this.addPositional(field.slice(0, -2));
    else if (field.split('.').includes(''))
      throw new CommandError(40353, "FieldPath must not end with a '.'.");
    else if (field.startsWith('$'))
      throw new CommandError(
        16410,
        `FieldPath field names may not start with '$'. Consider using $getField or $setField.`,
      );
    else if (flag !== undefined) this.choose(flag, field);
    else if (isDocument(how) && Object.hasOwn(how, '$slice') && this.options.filter)
      this.addSlice(field, how['$slice']);
    else if (isDocument(how) && Object.hasOwn(how, '$elemMatch') && this.options.filter)
      this.addElemMatch(field, how['$elemMatch']);
    else if (isDocument(how) && Object.hasOwn(how, '$meta')) this.addMeta(field, how['$meta']);
    else this.addExpression(field, how);
  }

  compile(): (document: Document) => Document {
    const onlyId = this.including === undefined && this.id === true;
    const keeps = this.including === true || onlyId;
    if (keeps) for (const field of this.slices) grow(this.named, field);
    if (keeps && this.id !== false) grow(this.named, '_id');
    if (!keeps && this.id === false) grow(this.named, '_id');
    const base = keeps
      ? (document: Document) => keep(document, this.named) as Document
      : (document: Document) => leave(document, this.named) as Document;
    return (document) => this.edits.reduce((shown, edit) => edit(shown, document), base(document));
  }

  private choose(include: boolean, field: string): void {
    if (this.including !== undefined && this.including !== include) {
      throw include
        ? new CommandError(31253, `Cannot do inclusion on field ${field} in exclusion projection`)
        : new CommandError(31254, `Cannot do exclusion on field ${field} in inclusion projection`);
    }
    this.including = include;
    grow(this.named, field);
  }

  private addPositional(field: string): void {
    const { filter } = this.options;
    if (!filter) throw new CommandError(31324, 'Cannot use positional projection in aggregation projection');
    this.choose(true, field);
    const path = parsePath(field);
    this.edits.push((shown, document) => {
      const list = valueAt(document, path);
      if (!Array.isArray(list)) return shown;
      const at = positionalMatch(list, field, filter, this.options);
      if (at === undefined)
        throw new CommandError(
          51246,
          "Executor error during find command :: caused by :: positional operator '.$' couldn't find a matching element in the array",
        );
      return withValue(shown, path, [list[at]]);
    });
  }

  private addSlice(field: string, argument: unknown): void {
    const numbers = (Array.isArray(argument) ? argument : [argument]).map(toInteger);
    const [first = 0, count] = numbers;
    if (numbers.includes(undefined) || numbers.length > 2)
      throw new CommandError(28667, 'Invalid $slice syntax');
    if (numbers.length === 2 && (count ?? 0) <= 0)
      throw new CommandError(28729, `Third argument to $slice must be positive: ${count}`);
    this.slices.push(field);
    const path = parsePath(field);
    const cut = (list: unknown[]) => {
      if (count === undefined) return first < 0 ? list.slice(first) : list.slice(0, first);
      const start = first < 0 ? Math.max(0, list.length + first) : first;
      return list.slice(start, start + count);
    };
    this.edits.push((shown, document) => {
      const list = valueAt(document, path);
      return Array.isArray(list) ? withValue(shown, path, cut(list)) : shown;
    });
  }

  private addElemMatch(field: string, argument: unknown): void {
    if (!isDocument(argument)) throw new CommandError(31274, 'elemMatch: Invalid argument, object required');
    if (field.includes('.'))
      throw new CommandError(31275, 'Cannot use $elemMatch projection on a nested field');
    this.choose(true, field);
    const holds = compileValueFilter(argument, this.options);
    this.edits.push((shown, document) => {
      const list = document[field];
      const found = Array.isArray(list) ? list.find(holds) : undefined;
      if (found !== undefined) return { ...shown, [field]: [found] };
      const { [field]: _none, ...rest } = shown;
      return rest;
    });
  }

  private addMeta(field: string, kind: unknown): void {
    if (kind !== 'textScore') throw new CommandError('BadValue', `$meta: '${String(kind)}' is not supported`);
    const path = parsePath(field);
    this.edits.push((shown, document) => withValue(shown, path, this.options.score?.(document) ?? 0));
  }

  private addExpression(field: string, expression: unknown): void {
    const evaluate = compileExpression(expression, this.options);
    if (this.including === false)
      throw new CommandError(31252, `Cannot use an expression on field ${field} in an exclusion projection`);
    this.including = true;
    const path = parsePath(field);
    this.edits.push((shown, document) => withEverywhere(shown, path, evaluate(document)));
  }
}

function grow(tree: Tree, field: string): void {
  const path = parsePath(field);
  let at = tree;
  for (const [depth, part] of path.entries()) {
    const next = at.get(part);
    const last = depth === path.length - 1;
    if (next === true || (last && next !== undefined)) {
      if (field === '_id') return;
      throw new CommandError(31249, `Path collision at ${field}`);
    }
    if (last) {
      at.set(part, true);
    } else {
      const made: Tree = next ?? new Map();
      at.set(part, made);
      at = made;
    }
  }
}

function keep(value: unknown, tree: Tree): unknown {
  if (Array.isArray(value))
    return value.filter((item) => isDocument(item) || Array.isArray(item)).map((item) => keep(item, tree));
  const out: Document = {};
  for (const [field, inner] of Object.entries(value as Document)) {
    const branch = tree.get(field);
    if (branch === true) setField(out, field, inner);
    else if (branch && (isDocument(inner) || Array.isArray(inner))) setField(out, field, keep(inner, branch));
  }
  return out;
}

function leave(value: unknown, tree: Tree): unknown {
  if (Array.isArray(value)) return value.map((item) => leave(item, tree));
  if (!isDocument(value)) return value;
  const out: Document = {};
  for (const [field, inner] of Object.entries(value)) {
    const branch = tree.get(field);
    if (branch !== true) setField(out, field, branch ? leave(inner, branch) : inner);
  }
  return out;
}

/** A copy of the objects along a path, with another value at its end; undefined removes the field. */
function withValue(document: Document, path: Path, value: unknown): Document {
  const [field = '', ...rest] = path;
  const inner = Object.hasOwn(document, field) ? document[field] : undefined;
  const next = rest.length > 0 ? withValue(isDocument(inner) ? inner : {}, rest, value) : value;
  const out = { ...document };
  if (next === undefined) delete out[field];
  else setField(out, field, next);
  return out;
}

/** As `withValue`, but in every element of the arrays on the way, as `$addFields` and computed projections do. */
export function withEverywhere(document: Document, path: Path, value: unknown): Document {
  const [field = '', ...rest] = path;
  if (rest.length === 0) return withValue(document, path, value);
  const into = (inner: unknown): unknown =>
    Array.isArray(inner) ? inner.map(into) : withEverywhere(isDocument(inner) ? inner : {}, rest, value);
  const inner = Object.hasOwn(document, field) ? document[field] : undefined;
  if (value === undefined && inner === undefined) return document;
  const out = { ...document };
  setField(out, field, into(inner));
  return out;
}

/** `{ a: { b: 1 } }` says the same as `{ 'a.b': 1 }`. */
function flatten(projection: Document, prefix = '', out: Document = {}): Document {
  for (const [field, how] of Object.entries(projection)) {
    if (isDocument(how) && isEmpty(how))
      throw new CommandError(
        51270,
        'An empty sub-projection is not a valid value. Found empty object at path',
      );
    if (isDocument(how) && !Object.keys(how)[0]?.startsWith('$')) flatten(how, `${prefix}${field}.`, out);
    else out[prefix + field] = how;
  }
  return out;
}
