import { ObjectId, Timestamp } from 'bson';
import type { Document } from '../bson/document.ts';
import { typeName } from '../bson/types.ts';
import { CommandError } from '../errors.ts';
import { namedArguments } from './named-arguments.ts';
import { isMissing, type Operator } from './operator.ts';

/** In milliseconds. */
export const DAY = 86_400_000;

/** An operator of named arguments, which answers null where one of them is. */
export function withNames(
  name: string,
  needed: readonly string[],
  optional: readonly string[],
  apply: (values: Document) => unknown,
): Operator {
  return namedArguments(name, needed, optional, (values) =>
    Object.values(values).some(isMissing) ? null : apply(values),
  );
}

/**
 * The milliseconds since the epoch of what counts as a date.
 *
 * @throws CommandError 16006 for anything else
 */
export function instant(name: string, value: unknown): number {
  if (value instanceof Date) return value.getTime();
  if (value instanceof ObjectId) return value.getTimestamp().getTime();
  if (value instanceof Timestamp) return value.t * 1000;
  throw new CommandError(16006, `${name}: can't convert from BSON type ${typeName(value)} to Date`);
}

/** As `Date.UTC`, for which the years 0 to 99 are those of the twentieth century. */
export function utc(year: number, month: number, day: number): number {
  return new Date(0).setUTCFullYear(year, month, day);
}

/** ISO 8601: the first week of a year is the one with 4 January. */
export function mondayOfFirstWeek(year: number): number {
  const fourth = utc(year, 0, 4);
  return fourth - ((new Date(fourth).getUTCDay() + 6) % 7) * DAY;
}
