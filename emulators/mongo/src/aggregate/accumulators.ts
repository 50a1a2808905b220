import { makeDouble } from '../bson/decode.ts';
import { type Document, isDocument } from '../bson/document.ts';
import { add, isNumeric, type Numeric, toInteger, toNumber } from '../bson/numbers.ts';
import { compare, orderKey } from '../bson/order.ts';
import { CommandError, notSupported } from '../errors.ts';
import { sortBy } from '../query/sort.ts';
import { plain } from './arithmetic.ts';
import { named } from './control.ts';
import type { Compilation, Evaluate, Scope } from './expression.ts';
import { isMissing, type Operator, type OperatorTable } from './operator.ts';

/** Makes one value of the values that an expression has for the documents of a group. */
type Fold = (values: unknown[]) => unknown;

const total = (values: unknown[]): Numeric => values.filter(isNumeric).reduce(add, 0 as Numeric);

function average(values: unknown[]): unknown {
  const numbers = values.filter(isNumeric);
  if (numbers.length === 0) return null;
  for (const number of numbers) plain('$avg', number);
  return makeDouble(toNumber(total(numbers)) / numbers.length);
}

function extreme(direction: 1 | -1): Fold {
  return (values) => {
    const present = values.filter((value) => !isMissing(value));
    return present.length === 0
      ? null
      : present.reduce((best, value) => (compare(value, best) * direction > 0 ? value : best));
  };
}

function deviation(sample: 0 | 1): Fold {
  return (values) => {
    const numbers = values.filter(isNumeric).map((value) => plain('$stdDev', value));
    if (numbers.length <= sample) return null;
    const mean = numbers.reduce((a, b) => a + b, 0) / numbers.length;
    const squares = numbers.reduce((sum, x) => sum + (x - mean) ** 2, 0);
    return makeDouble(Math.sqrt(squares / (numbers.length - sample)));
  };
}

const FOLDS: Record<string, Fold> = {
  $sum: total,
  $avg: average,
  $min: extreme(-1),
  $max: extreme(1),
  $stdDevPop: deviation(0),
  $stdDevSamp: deviation(1),
};

const GROUP_FOLDS: Record<string, Fold> = {
  ...FOLDS,
  $first: (values) => values[0] ?? null,
  $last: (values) => values.at(-1) ?? null,
  $push: (values) => values.filter((value) => value !== undefined),
  $addToSet: (values) => distinct(values.filter((value) => value !== undefined)),
  $mergeObjects: (values) => mergeObjects(values),
};

export function mergeObjects(values: unknown[]): Document {
  const out: Document = {};
  for (const value of values) {
    if (isMissing(value)) continue;
    if (!isDocument(value)) throw new CommandError(40400, '$mergeObjects requires object inputs');
    Object.assign(out, value);
  }
  return out;
}

export function distinct(values: unknown[]): unknown[] {
  const first = new Map<string, unknown>();
  for (const value of values) {
    const key = orderKey(value);
    if (!first.has(key)) first.set(key, value);
  }
  return [...first.values()];
}

/** Evaluates an accumulator over the documents of a group. */
export type Accumulate = (scopes: readonly Scope[]) => unknown;

/**
 * Compiles the accumulator of one field of `$group`.
 *
 * @throws CommandError for what is malformed or not supported
 */
export function compileAccumulator(field: string, spec: unknown, context: Compilation): Accumulate {
  if (!isDocument(spec)) throw new CommandError(40234, `The field '${field}' must be an accumulator object`);
  const operators = Object.keys(spec);
  if (operators.length !== 1)
    throw new CommandError(40238, `The field '${field}' must specify one accumulator`);
  const operator = operators[0] as string;
  const argument = spec[operator];
  if (operator === '$count') return (scopes) => scopes.length;
  const fold = Object.hasOwn(GROUP_FOLDS, operator) ? GROUP_FOLDS[operator] : undefined;
  if (fold) {
    const evaluate = context.compile(argument);
    return (scopes) => fold(scopes.map(evaluate));
  }
  const many = Object.hasOwn(MANY, operator) ? MANY[operator] : undefined;
  if (many) return many(operator, argument, context);
  if (['$accumulator', '$median', '$percentile'].includes(operator))
    throw notSupported(`the accumulator '${operator}'`);
  throw new CommandError(15952, `unknown group operator '${operator}'`);
}

type Many = (operator: string, argument: unknown, context: Compilation) => Accumulate;

/** Accumulators that answer several values, and those that sort. */
const MANY: Record<string, Many> = {
  $firstN: byInput((values, n) => values.slice(0, n).map(nullable)),
  $lastN: byInput((values, n) => values.slice(-n).map(nullable)),
  $minN: byInput((values, n) => present(values).sort(compare).slice(0, n)),
  $maxN: byInput((values, n) =>
    present(values)
      .sort((a, b) => compare(b, a))
      .slice(0, n),
  ),
  $top: byOutput(1, false),
  $bottom: byOutput(1, true),
  $topN: byOutput(undefined, false),
  $bottomN: byOutput(undefined, true),
};

const nullable = (value: unknown) => value ?? null;
const present = (values: unknown[]) => values.filter((value) => !isMissing(value));

function byInput(take: (values: unknown[], n: number) => unknown): Many {
  return (operator, argument, context) => {
    const { input, n } = named(operator, argument, ['input', 'n']);
    const [evaluate, count] = [context.compile(input), context.compile(n)];
    return (scopes) => take(scopes.map(evaluate), countOf(operator, count, scopes));
  };
}

function byOutput(one: 1 | undefined, fromEnd: boolean): Many {
  return (operator, argument, context) => {
    const {
      sortBy: sort,
      output,
      n,
    } = named(operator, argument, one ? ['sortBy', 'output'] : ['sortBy', 'output', 'n']);
    if (!isDocument(sort)) throw new CommandError(10065, `${operator}: sortBy must be an object`);
    const [evaluate, count] = [context.compile(output), context.compile(n ?? 1)];
    return (scopes) => {
      const sorted = sortBy(scopes, sort, ({ root }) => root as Document);
      const number = countOf(operator, count, scopes);
      const taken = (fromEnd ? sorted.slice(-number) : sorted.slice(0, number)).map((scope) =>
        nullable(evaluate(scope)),
      );
      return one ? (taken[0] ?? null) : taken;
    };
  };
}

function countOf(operator: string, count: Evaluate, scopes: readonly Scope[]): number {
  const n = scopes[0] ? toInteger(count(scopes[0])) : 1;
  if (n === undefined || n < 1)
    throw new CommandError(5787908, `'n' must be greater than 0, found ${n} in ${operator}`);
  return n;
}

/** `$sum` and its like outside `$group`: over several arguments, or the elements of one that is an array. */
const overArguments =
  (fold: Fold): Operator =>
  (argument, context) => {
    const parts = (Array.isArray(argument) ? argument : [argument]).map((item) => context.compile(item));
    return (scope) => {
      const values = parts.map((part) => part(scope));
      return fold(values.length === 1 && Array.isArray(values[0]) ? values[0] : values);
    };
  };

export const ACCUMULATOR_EXPRESSIONS: OperatorTable = Object.fromEntries(
  Object.entries(FOLDS).map(([name, fold]) => [name, overArguments(fold)]),
);
