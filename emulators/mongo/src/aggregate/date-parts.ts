import { Long } from 'bson';
import { type Document, isDocument } from '../bson/document.ts';
import { isTruthy } from '../bson/numbers.ts';
import { DAY, instant, mondayOfFirstWeek, utc, withNames } from './calendar.ts';
import type { Operator, OperatorTable } from './operator.ts';
import { zoneNamed } from './time-zone.ts';

/** The parts of a date, from one whose UTC is the time that the zone's clocks show. */
export const PARTS = {
  year: (local: Date) => local.getUTCFullYear(),
  month: (local: Date) => local.getUTCMonth() + 1,
  dayOfMonth: (local: Date) => local.getUTCDate(),
  dayOfWeek: (local: Date) => local.getUTCDay() + 1,
  dayOfYear: (local: Date) => Math.floor((local.getTime() - utc(local.getUTCFullYear(), 0, 1)) / DAY) + 1,
  hour: (local: Date) => local.getUTCHours(),
  minute: (local: Date) => local.getUTCMinutes(),
  second: (local: Date) => local.getUTCSeconds(),
  millisecond: (local: Date) => local.getUTCMilliseconds(),
  /** From 0: the days before the first Sunday. */
  week: (local: Date) => Math.floor((PARTS.dayOfYear(local) + 6 - local.getUTCDay()) / 7),
  isoDayOfWeek: (local: Date) => ((local.getUTCDay() + 6) % 7) + 1,
  isoWeek: (local: Date) =>
    Math.floor((local.getTime() - mondayOfFirstWeek(PARTS.isoWeekYear(local))) / (7 * DAY)) + 1,
  /** The year that the week's Thursday is in. */
  isoWeekYear: (local: Date) =>
    new Date(local.getTime() + (4 - PARTS.isoDayOfWeek(local)) * DAY).getUTCFullYear(),
};

/** Operators that answer a part of a date, in the calendar of a time zone. */
export const DATE_PARTS: OperatorTable = {
  ...Object.fromEntries(
    Object.entries(PARTS).map(([name, part]) => [`$${name}`, partOperator(`$${name}`, part)]),
  ),
  $dateToParts: withNames('$dateToParts', ['date'], ['timezone', 'iso8601'], ({ iso8601, ...spec }) => {
    const local = localDate('$dateToParts', spec);
    const names = isTruthy(iso8601)
      ? (['isoWeekYear', 'isoWeek', 'isoDayOfWeek'] as const)
      : (['year', 'month', 'dayOfMonth'] as const);
    const all = [...names, 'hour', 'minute', 'second', 'millisecond'] as const;
    return Object.fromEntries(all.map((name) => [name === 'dayOfMonth' ? 'day' : name, PARTS[name](local)]));
  }),
};

/** Takes a date, or `{ date, timezone }`. */
function partOperator(name: string, part: (local: Date) => number): Operator {
  const evaluate = withNames(name, ['date'], ['timezone'], (spec) => {
    const value = part(localDate(name, spec));
    return name === '$isoWeekYear' ? Long.fromNumber(value) : value;
  });
  return (argument, context) => {
    const single = Array.isArray(argument) && argument.length === 1 ? argument[0] : argument;
    const options = isDocument(single) && Object.hasOwn(single, 'date');
    return evaluate(options ? single : { date: single }, context);
  };
}

/** The time that a zone's clocks show, as if it were UTC. */
export function localDate(name: string, { date, timezone }: Document): Date {
  const at = instant(name, date);
  return new Date(at + zoneNamed(timezone)(at));
}
