import { MaxKey, MinKey } from 'bson';
import { type Document, isDocument, isOperatorDocument, isRegex } from '../bson/document.ts';
import { isNumeric, isTruthy, toInteger, toNumber } from '../bson/numbers.ts';
import { compare, orderKey, Rank, rankOf } from '../bson/order.ts';
import { type Path, someAt } from '../bson/path.ts';
import { typeName, typesNamed } from '../bson/types.ts';
import { CommandError, notSupported } from '../errors.ts';
import { bitsOf, maskOf } from './bits.ts';
import type { Collation } from './collation.ts';
import { compileValueFilter, type FilterOptions, type Predicate } from './filter.ts';
import { moduloTest } from './modulo.ts';
import { compileRegex, regexTest } from './regex.ts';

type Test = (value: unknown) => boolean;
interface Context {
  path: Path;
  /** All operators on the field: `$regex` looks for its `$options` there. */
  siblings: Document;
  options: FilterOptions;
}
type Compiler = (argument: unknown, context: Context) => Predicate;

/** Compiles the operators on one field, such as `{ $gt: 1, $lt: 5 }`. */
export function compileFieldOperators(path: Path, condition: Document, options: FilterOptions): Predicate {
  const parts = Object.entries(condition).map(([operator, argument]) => {
    const compiler = Object.hasOwn(COMPILERS, operator) ? COMPILERS[operator] : undefined;
    if (compiler) return compiler(argument, { path, siblings: condition, options });
    if (REFUSED.has(operator)) throw notSupported(`the query operator '${operator}'`);
    throw new CommandError('BadValue', `unknown operator: ${operator}`);
  });
  return parts.length === 1 ? (parts[0] as Predicate) : (document) => parts.every((part) => part(document));
}

const REFUSED = new Set([
  '$geoWithin',
  '$geoIntersects',
  '$near',
  '$nearSphere',
  '$within',
  '$maxDistance',
  '$minDistance',
  '$geometry',
  '$_internalSchemaXor',
]);

/** A test for equality with a value as filters mean it: null also stands for missing, a regular expression matches text. */
export function equalityTest(
  argument: unknown,
  collation: Collation | undefined,
  regexMatches: boolean,
): Test {
  if (argument === null || argument === undefined) return (value) => value === null || value === undefined;
  if (regexMatches && isRegex(argument)) return regexTest(argument);
  if (typeof argument === 'string') {
    if (!collation) return (value) => value === argument;
    return (value) => typeof value === 'string' && collation.compare(value, argument) === 0;
  }
  if (typeof argument === 'boolean') return (value) => value === argument;
  if (typeof argument === 'number' && !Number.isNaN(argument)) {
    return (value) =>
      typeof value === 'number' ? value === argument : isNumeric(value) && compare(value, argument) === 0;
  }
  const [rank, key] = [rankOf(argument), orderKey(argument, collation?.fold)];
  return (value) => value !== undefined && rankOf(value) === rank && orderKey(value, collation?.fold) === key;
}

const onValues =
  (makeTest: (argument: unknown, context: Context) => Test): Compiler =>
  (argument, context) => {
    const test = makeTest(argument, context);
    return (document) => someAt(document, context.path, test, true);
  };

/** For operators that look at an array as a whole. */
const onWhole =
  (makeTest: (argument: unknown, context: Context) => Test): Compiler =>
  (argument, context) => {
    const test = makeTest(argument, context);
    return (document) => someAt(document, context.path, test, false);
  };

const not =
  (compiler: Compiler): Compiler =>
  (argument, context) => {
    const matches = compiler(argument, context);
    return (document) => !matches(document);
  };

const equals = onValues((argument, { options }) => equalityTest(argument, options.collation, false));

/** Values are compared within one type only; MinKey and MaxKey are compared with all. */
function ordered(holds: (order: number) => boolean): Compiler {
  return onValues((argument, { options: { collation } }) => {
    if (isRegex(argument))
      throw new CommandError('BadValue', "Can't have RegEx as arg to predicate over field");
    const rank = rankOf(argument);
    const across = argument instanceof MinKey || argument instanceof MaxKey;
    if (typeof argument === 'number' && Number.isNaN(argument)) {
      return (value) => holds(0) && isNumeric(value) && Number.isNaN(toNumber(value));
    }
    const order = (value: unknown) =>
      collation && typeof value === 'string' && typeof argument === 'string'
        ? collation.compare(value, argument)
        : compare(value, argument);
    return (value) => {
      if (value === undefined) return rank === Rank.null && holds(0);
      if (!across && rankOf(value) !== rank) return false;
      if (isNumeric(value) && Number.isNaN(toNumber(value))) return false;
      return holds(order(value));
    };
  });
}

const anyOf = onValues((argument, { options: { collation } }) => {
  const list = arrayOf('$in', argument);
  const keys = new Set<string>();
  const regexes: Test[] = [];
  for (const item of list) {
    if (isOperatorDocument(item) && Object.keys(item)[0] !== '$ref')
      throw new CommandError('BadValue', `cannot nest $ under $in`);
    if (isRegex(item)) regexes.push(regexTest(item));
    keys.add(orderKey(item, collation?.fold));
  }
  return (value) => keys.has(orderKey(value, collation?.fold)) || regexes.some((test) => test(value));
});

const COMPILERS: Record<string, Compiler> = {
  $eq: equals,
  $ne: (argument, context) => {
    if (isRegex(argument)) throw new CommandError('BadValue', "Can't have regex as arg to $ne.");
    return not(equals)(argument, context);
  },
  $gt: ordered((order) => order > 0),
  $gte: ordered((order) => order >= 0),
  $lt: ordered((order) => order < 0),
  $lte: ordered((order) => order <= 0),
  $in: anyOf,
  $nin: (argument, context) => {
    if (!Array.isArray(argument)) throw new CommandError('BadValue', '$nin needs an array');
    return not(anyOf)(argument, context);
  },
  $exists: (argument, { path }) => {
    const wanted = isTruthy(argument);
    return (document) => someAt(document, path, (value) => value !== undefined, false) === wanted;
  },
  $type: onValues((argument) => {
    if (Array.isArray(argument) && argument.length === 0) {
      throw new CommandError('FailedToParse', 'a must match at least one type');
    }
    const types = typesNamed(argument);
    return (value) => value !== undefined && types.has(typeName(value));
  }),
  $size: onWhole((argument) => {
    const size = toInteger(argument);
    if (size === undefined)
      throw new CommandError(
        'FailedToParse',
        `Failed to parse $size. Expected an integer: $size: ${String(argument)}`,
      );
    if (size < 0)
      throw new CommandError(
        'FailedToParse',
        `Failed to parse $size. Expected a non-negative number in: $size: ${size}`,
      );
    return (value) => Array.isArray(value) && value.length === size;
  }),
  $all: (argument, context) => all(arrayOf('$all', argument), context),
  $elemMatch: onWhole((argument, { options }) => elementTest(argument, options)),
  $mod: onValues((argument) => moduloTest(argument)),
  $regex: onValues((argument, { siblings }) => {
    const given = siblings['$options'];
    if (given !== undefined && typeof given !== 'string')
      throw new CommandError('BadValue', '$options has to be a string');
    if (isRegex(argument))
      return given === undefined ? regexTest(argument) : textTest(compileRegex(patternOf(argument), given));
    if (typeof argument !== 'string') throw new CommandError('BadValue', '$regex has to be a string');
    return textTest(compileRegex(argument, given ?? ''));
  }),
  $options: (_argument, { siblings }) => {
    if (!Object.hasOwn(siblings, '$regex')) throw new CommandError('BadValue', '$options needs a $regex');
    return () => true;
  },
  $not: (argument, context) => {
    const { path, options } = context;
    if (isRegex(argument)) return not(onValues(() => regexTest(argument)))(argument, context);
    if (!isDocument(argument)) throw new CommandError('BadValue', '$not needs a regex or a document');
    if (Object.keys(argument).length === 0) throw new CommandError('BadValue', '$not cannot be empty');
    const matches = compileFieldOperators(path, argument, options);
    return (document) => !matches(document);
  },
  $bitsAllSet: bits('$bitsAllSet', (value, mask) => (value & mask) === mask),
  $bitsAllClear: bits('$bitsAllClear', (value, mask) => (value & mask) === 0n),
  $bitsAnySet: bits('$bitsAnySet', (value, mask) => (value & mask) !== 0n),
  $bitsAnyClear: bits('$bitsAnyClear', (value, mask) => (value & mask) !== mask),
  $comment: () => () => true,
};

const patternOf = (regex: unknown) =>
  regex instanceof RegExp ? regex.source : (regex as { pattern: string }).pattern;
const textTest =
  (regex: RegExp): Test =>
  (value) =>
    typeof value === 'string' && regex.test(value);

function arrayOf(operator: string, argument: unknown): unknown[] {
  if (!Array.isArray(argument)) throw new CommandError('BadValue', `${operator} needs an array`);
  return argument;
}

/** `$all: [a, b]` is `$and` of equalities; elements may be `$elemMatch`. An empty one matches nothing. */
function all(list: unknown[], context: Context): Predicate {
  const parts = list.map((item) => {
    if (isDocument(item) && Object.hasOwn(item, '$elemMatch'))
      return compileFieldOperators(context.path, item, context.options);
    if (isOperatorDocument(item)) throw new CommandError('BadValue', 'no $ expressions in $all');
    return onValues(() => equalityTest(item, context.options.collation, true))(item, context);
  });
  return (document) => parts.length > 0 && parts.every((part) => part(document));
}

function elementTest(argument: unknown, options: FilterOptions): Test {
  if (!isDocument(argument)) throw new CommandError('BadValue', '$elemMatch needs an Object');
  const holds = compileValueFilter(argument, options);
  return (value) => Array.isArray(value) && value.some(holds);
}

function bits(operator: string, holds: (value: bigint, mask: bigint) => boolean): Compiler {
  return onValues((argument) => {
    const mask = maskOf(operator, argument);
    return (value) => {
      const number = bitsOf(value);
      return number !== undefined && holds(number, mask);
    };
  });
}
