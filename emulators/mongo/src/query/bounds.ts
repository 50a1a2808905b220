import { type Document, isDocument, isOperatorDocument, isRegex } from '../bson/document.ts';
import { isNumeric, toNumber } from '../bson/numbers.ts';
import { Rank, rankOf, regexParts } from '../bson/order.ts';
import { literalPrefix } from './regex.ts';

/** What a filter says about one field: that it has one of some values, or lies in a range. */
export interface Bounds {
  points?: unknown[];
  low?: unknown;
  high?: unknown;
  /** The beginning of a text. */
  prefix?: string;
}

/** What a filter says about its fields, as far as an index can make use of it. */
export function boundsOf(filter: Document, bounds = new Map<string, Bounds>()): Map<string, Bounds> {
  for (const [field, condition] of Object.entries(filter)) {
    if (field === '$and' && Array.isArray(condition)) {
      for (const part of condition) if (isDocument(part)) boundsOf(part, bounds);
    } else if (!field.startsWith('$')) {
      bounds.set(field, narrow(bounds.get(field) ?? {}, condition));
    }
  }
  return bounds;
}

function narrow(known: Bounds, condition: unknown): Bounds {
  const bounds = { ...known };
  if (isRegex(condition)) return withPrefix(bounds, condition);
  if (!isOperatorDocument(condition)) return isPoint(condition) ? { ...bounds, points: [condition] } : bounds;
  for (const [operator, argument] of Object.entries(condition)) {
    if (operator === '$eq' && isPoint(argument)) bounds.points = [argument];
    else if (operator === '$in' && Array.isArray(argument) && argument.every(isPoint))
      bounds.points ??= argument;
    else if ((operator === '$gt' || operator === '$gte') && isBound(argument)) bounds.low = argument;
    else if ((operator === '$lt' || operator === '$lte') && isBound(argument)) bounds.high = argument;
    else if (operator === '$regex' && condition['$options'] === undefined) withPrefix(bounds, argument);
  }
  return bounds;
}

function withPrefix(bounds: Bounds, regex: unknown): Bounds {
  const { pattern, options } =
    typeof regex === 'string' ? { pattern: regex, options: '' } : regexParts(regex);
  const prefix = literalPrefix(pattern, options);
  if (prefix !== undefined) bounds.prefix = prefix;
  return bounds;
}

const isPoint = (value: unknown) => !isRegex(value) && !Array.isArray(value);
const BOUND_RANKS: ReadonlySet<number> = new Set([
  Rank.number,
  Rank.string,
  Rank.objectId,
  Rank.date,
  Rank.timestamp,
  Rank.boolean,
]);
const isBound = (value: unknown) =>
  BOUND_RANKS.has(rankOf(value)) && !(isNumeric(value) && Number.isNaN(toNumber(value)));

/** The values that a field is compared with. */
export const valuesOf = ({ points = [], low, high, prefix }: Bounds) =>
  [...points, low, high, prefix].filter((value) => value !== undefined);
