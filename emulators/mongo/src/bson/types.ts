import { BSONSymbol, Code } from 'bson';
import { CommandError } from '../errors.ts';
import { isNumeric, numberType, toInteger } from './numbers.ts';
import { Rank, rankOf } from './order.ts';

/** BSON's types by the names and numbers that `$type` takes (https://www.mongodb.com/docs/manual/reference/bson-types/). */
const NUMBERS: Record<string, number> = {
  double: 1,
  string: 2,
  object: 3,
  array: 4,
  binData: 5,
  undefined: 6,
  objectId: 7,
  bool: 8,
  date: 9,
  null: 10,
  regex: 11,
  dbPointer: 12,
  javascript: 13,
  symbol: 14,
  javascriptWithScope: 15,
  int: 16,
  timestamp: 17,
  long: 18,
  decimal: 19,
  minKey: -1,
  maxKey: 127,
};
const NAMES = new Map(Object.entries(NUMBERS).map(([name, number]) => [number, name]));

const BY_RANK: Record<number, string> = {
  [Rank.minKey]: 'minKey',
  [Rank.null]: 'null',
  [Rank.string]: 'string',
  [Rank.document]: 'object',
  [Rank.array]: 'array',
  [Rank.binary]: 'binData',
  [Rank.objectId]: 'objectId',
  [Rank.boolean]: 'bool',
  [Rank.date]: 'date',
  [Rank.timestamp]: 'timestamp',
  [Rank.regex]: 'regex',
  [Rank.code]: 'javascript',
  [Rank.codeWithScope]: 'javascriptWithScope',
  [Rank.maxKey]: 'maxKey',
};

/** The name of a value's type; `missing` for a field that is not there. */
export function typeName(value: unknown): string {
  if (value === undefined) return 'missing';
  if (isNumeric(value)) return numberType(value);
  if (value instanceof BSONSymbol) return 'symbol';
  if (value instanceof Code) return value.scope ? 'javascriptWithScope' : 'javascript';
  return BY_RANK[rankOf(value)] ?? 'object';
}

/**
 * The types that an argument of `$type` stands for.
 *
 * @throws CommandError BadValue for a name or number that is no type
 */
export function typesNamed(argument: unknown): Set<string> {
  const types = new Set<string>();
  for (const item of Array.isArray(argument) ? argument : [argument]) {
    const name = typeof item === 'string' ? item : NAMES.get(toInteger(item) ?? Number.NaN);
    if (name === 'number') for (const type of ['int', 'long', 'double', 'decimal']) types.add(type);
    else if (name !== undefined && Object.hasOwn(NUMBERS, name)) types.add(name);
    else if (typeof item === 'string') throw new CommandError('BadValue', `Unknown type name alias: ${item}`);
    else throw new CommandError('BadValue', `Invalid numerical type code: ${String(item)}`);
  }
  return types;
}
