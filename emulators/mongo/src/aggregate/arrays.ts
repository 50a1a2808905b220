import { type Document, isDocument } from '../bson/document.ts';
import { isNumeric, isTruthy, toInteger } from '../bson/numbers.ts';
import { compare, equal, orderKey } from '../bson/order.ts';
import { typeName } from '../bson/types.ts';
import { CommandError } from '../errors.ts';
import { sortBy } from '../query/sort.ts';
import { distinct, mergeObjects } from './accumulators.ts';
import { named } from './control.ts';
import { fixed, isMissing, type Operator, type OperatorTable, variadic } from './operator.ts';

/** Operators on arrays, sets and objects. */
export const ARRAYS: OperatorTable = {
  $size: fixed('$size', [1], ([value]) => {
    if (!Array.isArray(value))
      throw new CommandError(
        17124,
        `The argument to $size must be an array, but was of type: ${typeName(value)}`,
      );
    return value.length;
  }),
  $isArray: fixed('$isArray', [1], ([value]) => Array.isArray(value)),
  $arrayElemAt: fixed('$arrayElemAt', [2], ([list, index]) => {
    if (isMissing(list) || isMissing(index)) return null;
    const items = arrayIn('$arrayElemAt', 28689, list);
    const at = toInteger(index);
    if (at === undefined)
      throw new CommandError(
        28691,
        `$arrayElemAt's second argument must be representable as a 32-bit integer`,
      );
    return items.at(at);
  }),
  $first: fixed('$first', [1], ([list]) => (isMissing(list) ? null : arrayIn('$first', 28689, list)[0])),
  $last: fixed('$last', [1], ([list]) => (isMissing(list) ? null : arrayIn('$last', 28689, list).at(-1))),
  $firstN: some('$firstN', (items, n) => items.slice(0, n)),
  $lastN: some('$lastN', (items, n) => items.slice(-n)),
  $minN: some('$minN', (items, n) =>
    items
      .filter((item) => !isMissing(item))
      .sort(compare)
      .slice(0, n),
  ),
  $maxN: some('$maxN', (items, n) =>
    items
      .filter((item) => !isMissing(item))
      .sort((a, b) => compare(b, a))
      .slice(0, n),
  ),
  $concatArrays: variadic((lists) =>
    lists.some(isMissing) ? null : lists.flatMap((list) => arrayIn('$concatArrays', 28664, list)),
  ),
  $reverseArray: fixed('$reverseArray', [1], ([list]) =>
    isMissing(list) ? null : arrayIn('$reverseArray', 34435, list).toReversed(),
  ),
  $slice: fixed('$slice', [2, 3], ([list, ...numbers]) => {
    if (isMissing(list) || numbers.some(isMissing)) return null;
    const items = arrayIn('$slice', 28724, list);
    const [first, count] = numbers.map((number) => integer('$slice', 28725, number));
    if (first === undefined) return null;
    if (numbers.length === 1) return first < 0 ? items.slice(first) : items.slice(0, first);
    if (count === undefined || count <= 0)
      throw new CommandError(28729, `Third argument to $slice must be positive: ${count}`);
    const start = first < 0 ? Math.max(0, items.length + first) : first;
    return items.slice(start, start + count);
  }),
  $indexOfArray: fixed('$indexOfArray', [2, 3, 4], ([list, value, start = 0, end]) => {
    if (isMissing(list)) return null;
    const items = arrayIn('$indexOfArray', 40090, list);
    const stop = end === undefined ? items.length : integer('$indexOfArray', 40096, end);
    for (let at = integer('$indexOfArray', 40096, start); at < Math.min(stop, items.length); at++)
      if (equal(items[at], value)) return at;
    return -1;
  }),
  $range: fixed('$range', [2, 3], (values) => {
    const [from = 0, to = 0, step = 1] = values.map((value) => integer('$range', 34443, value));
    if (step === 0) throw new CommandError(34449, '$range requires a non-zero step value');
    const out: number[] = [];
    for (let at = from; step > 0 ? at < to : at > to; at += step) out.push(at);
    return out;
  }),
  $sortArray: (argument, context) => {
    const { input, sortBy: sort } = named('$sortArray', argument, ['input', 'sortBy']);
    const source = context.compile(input);
    return (scope) => {
      const list = source(scope);
      if (isMissing(list)) return null;
      const items = arrayIn('$sortArray', 2942504, list);
      if (isDocument(sort)) return sortBy(items, sort, (item) => (isDocument(item) ? item : {}));
      const direction = toInteger(sort);
      if (direction !== 1 && direction !== -1)
        throw new CommandError(2942507, '$sortArray: the sort order must be 1 or -1');
      return items.toSorted((a, b) => compare(a, b) * direction);
    };
  },
  $zip: (argument, context) => {
    const {
      inputs,
      useLongestLength = false,
      defaults,
    } = named('$zip', argument, ['inputs'], ['useLongestLength', 'defaults']);
    const [source, fill] = [context.compile(inputs), context.compile(defaults ?? [])];
    return (scope) => {
      const lists = arrayIn('$zip', 34461, source(scope));
      if (lists.some(isMissing)) return null;
      const arrays = lists.map((list) => arrayIn('$zip', 34468, list));
      const filler = arrayIn('$zip', 34462, fill(scope));
      const lengths = arrays.map((items) => items.length);
      const length = isTruthy(useLongestLength) ? Math.max(...lengths) : Math.min(...lengths);
      return Array.from({ length }, (_, at) =>
        arrays.map((items, which) => (at < items.length ? items[at] : (filler[which] ?? null))),
      );
    };
  },
  $arrayToObject: fixed('$arrayToObject', [1], ([list]) => {
    if (isMissing(list)) return null;
    return Object.fromEntries(arrayIn('$arrayToObject', 40386, list).map(pairOf));
  }),
  $objectToArray: fixed('$objectToArray', [1], ([value]) => {
    if (isMissing(value)) return null;
    return Object.entries(objectIn('$objectToArray', 40390, value)).map(([k, v]) => ({ k, v }));
  }),
  $mergeObjects: variadic((values) =>
    mergeObjects(values.length === 1 && Array.isArray(values[0]) ? values[0] : values),
  ),
  $setField: (argument, context) =>
    setter('$setField', named('$setField', argument, ['field', 'input', 'value']), context),
  $unsetField: (argument, context) =>
    setter(
      '$unsetField',
      { ...named('$unsetField', argument, ['field', 'input']), value: '$$REMOVE' },
      context,
    ),
  $setUnion: variadic((lists) =>
    lists.some(isMissing) ? null : distinct(lists.flatMap((list) => arrayIn('$setUnion', 17043, list))),
  ),
  $setIntersection: variadic((lists) => {
    if (lists.some(isMissing)) return null;
    const [first = [], ...others] = lists.map((list) => arrayIn('$setIntersection', 17047, list));
    const keys = others.map(keySet);
    return distinct(first.filter((item) => keys.every((set) => set.has(orderKey(item)))));
  }),
  $setDifference: fixed('$setDifference', [2], ([a, b]) => {
    if (isMissing(a) || isMissing(b)) return null;
    const unwanted = keySet(arrayIn('$setDifference', 17049, b));
    return distinct(arrayIn('$setDifference', 17048, a).filter((item) => !unwanted.has(orderKey(item))));
  }),
  $setEquals: variadic((lists) => {
    const sets = lists.map((list) => [...keySet(arrayIn('$setEquals', 17044, list))].sort().join('\n'));
    return new Set(sets).size <= 1;
  }),
  $setIsSubset: fixed('$setIsSubset', [2], ([a, b]) => {
    const whole = keySet(arrayIn('$setIsSubset', 17042, b));
    return arrayIn('$setIsSubset', 17046, a).every((item) => whole.has(orderKey(item)));
  }),
  $anyElementTrue: fixed('$anyElementTrue', [1], ([list]) =>
    arrayIn('$anyElementTrue', 17041, list).some(isTruthy),
  ),
  $allElementsTrue: fixed('$allElementsTrue', [1], ([list]) =>
    arrayIn('$allElementsTrue', 17040, list).every(isTruthy),
  ),
};

const keySet = (items: unknown[]) => new Set(items.map((item) => orderKey(item)));

function arrayIn(name: string, code: number, value: unknown): unknown[] {
  if (Array.isArray(value)) return value;
  throw new CommandError(
    code,
    `${name} requires an array, but was given a value of type: ${typeName(value)}`,
  );
}

function objectIn(name: string, code: number, value: unknown): Document {
  if (isDocument(value)) return value;
  throw new CommandError(code, `${name} requires a document input, found: ${typeName(value)}`);
}

function integer(name: string, code: number, value: unknown): number {
  const number = isNumeric(value) ? toInteger(value) : undefined;
  if (number === undefined)
    throw new CommandError(
      code,
      `${name} requires a 32-bit integer, but was given a value of type: ${typeName(value)}`,
    );
  return number;
}

/** `$firstN` and its like: so many items of an array. */
function some(name: string, take: (items: unknown[], n: number) => unknown[]): Operator {
  return (argument, context) => {
    const { n, input } = named(name, argument, ['n', 'input']);
    const [count, source] = [context.compile(n), context.compile(input)];
    return (scope) => {
      const number = toInteger(count(scope)) ?? 0;
      if (number < 1)
        throw new CommandError(5787908, `'n' must be greater than 0, found ${number} in ${name}`);
      return take(arrayIn(name, 5788200, source(scope)), number);
    };
  };
}

function pairOf(item: unknown): [string, unknown] {
  const [key, value] = Array.isArray(item) ? item : isDocument(item) ? [item['k'], item['v']] : [];
  if (typeof key !== 'string')
    throw new CommandError(40394, '$arrayToObject requires an array of key-value pairs');
  return [key, value];
}

const setter: (name: string, argument: Document, context: Parameters<Operator>[1]) => ReturnType<Operator> = (
  name,
  argument,
  context,
) => {
  const [field, input, value] = ['field', 'input', 'value'].map((part) =>
    context.compile(argument[part]),
  ) as [ReturnType<Operator>, ReturnType<Operator>, ReturnType<Operator>];
  return (scope) => {
    const [key, target, made] = [field(scope), input(scope), value(scope)];
    if (isMissing(target)) return null;
    if (typeof key !== 'string')
      throw new CommandError(4161107, `${name} requires 'field' to evaluate to a string`);
    const { [key]: _old, ...rest } = objectIn(name, 4161105, target);
    return made === undefined ? rest : { ...objectIn(name, 4161105, target), [key]: made };
  };
};
