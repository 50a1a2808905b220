import { Long } from 'bson';
import type { Document } from '../bson/document.ts';
import { toInteger } from '../bson/numbers.ts';
import { typeName } from '../bson/types.ts';
import { CommandError } from '../errors.ts';
import { DAY, instant, mondayOfFirstWeek, utc, withNames } from './calendar.ts';
import type { Operator, OperatorTable } from './operator.ts';
import { instantOf, type Zone, zoneNamed } from './time-zone.ts';

const MONTHS: Readonly<Record<string, number>> = { month: 1, quarter: 3, year: 12 };
const DURATIONS: Readonly<Record<string, number>> = {
  millisecond: 1,
  second: 1000,
  minute: 60_000,
  hour: 3_600_000,
  day: DAY,
  week: 7 * DAY,
};
const WEEKDAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
/** Bins are counted from here: https://www.mongodb.com/docs/manual/reference/operator/aggregation/dateTrunc/ */
const REFERENCE = Date.UTC(2000, 0, 1);
const SATURDAY = 6;

/** Operators that calculate with dates, in the calendar of a time zone. */
export const DATES: OperatorTable = {
  $dateAdd: adding('$dateAdd', 1),
  $dateSubtract: adding('$dateSubtract', -1),
  $dateDiff: withNames(
    '$dateDiff',
    ['startDate', 'endDate', 'unit'],
    ['timezone', 'startOfWeek'],
    ({ startDate, endDate, unit, timezone, startOfWeek }) => {
      const zone = zoneNamed(timezone);
      const [from, to] = [instant('$dateDiff', startDate), instant('$dateDiff', endDate)];
      const count = counter(unitOf('$dateDiff', unit), weekday('$dateDiff', startOfWeek));
      return Long.fromNumber(count(to + zone(to)) - count(from + zone(from)));
    },
  ),
  $dateTrunc: withNames(
    '$dateTrunc',
    ['date', 'unit'],
    ['binSize', 'timezone', 'startOfWeek'],
    ({ date, unit, binSize = 1, timezone, startOfWeek }) => {
      const name = unitOf('$dateTrunc', unit);
      const size = toInteger(binSize);
      if (size === undefined)
        throw new CommandError(5439017, "$dateTrunc requires 'binSize' to be a 64-bit integer");
      if (size <= 0) throw new CommandError(5439018, "$dateTrunc requires 'binSize' to be greater than 0");
      const zone = zoneNamed(timezone);
      return new Date(
        truncated(instant('$dateTrunc', date), name, size, zone, weekday('$dateTrunc', startOfWeek)),
      );
    },
  ),
  $dateFromParts: withNames(
    '$dateFromParts',
    [],
    [
      'year',
      'month',
      'day',
      'isoWeekYear',
      'isoWeek',
      'isoDayOfWeek',
      'hour',
      'minute',
      'second',
      'millisecond',
      'timezone',
    ],
    ({ timezone, ...parts }) => new Date(instantOf(localOf(parts), zoneNamed(timezone))),
  ),
};

function adding(name: string, sign: 1 | -1): Operator {
  return withNames(name, ['startDate', 'unit', 'amount'], ['timezone'], (values) => {
    const unit = unitOf(name, values['unit']);
    const amount = toInteger(values['amount']);
    if (amount === undefined) throw new CommandError(5166405, `${name} expects integer amount of time units`);
    const start = instant(name, values['startDate']);
    const duration = DURATIONS[unit] ?? 0;
    if (duration > 0 && duration < DAY) return new Date(start + sign * amount * duration);
    const zone = zoneNamed(values['timezone']);
    const local = start + zone(start);
    return new Date(
      instantOf(
        duration > 0
          ? local + sign * amount * duration
          : plusMonths(local, sign * amount * (MONTHS[unit] ?? 0)),
        zone,
      ),
    );
  });
}

/** The same day some months later, or the last of that month where it is shorter. */
function plusMonths(local: number, months: number): number {
  const date = new Date(local);
  const [year, month] = [date.getUTCFullYear(), date.getUTCMonth() + months];
  const lastDay = new Date(utc(year, month + 1, 0)).getUTCDate();
  return utc(year, month, Math.min(date.getUTCDate(), lastDay)) + (local - Math.floor(local / DAY) * DAY);
}

const monthsOf = (local: number) => {
  const date = new Date(local);
  return date.getUTCFullYear() * 12 + date.getUTCMonth();
};

/** Numbers the units of the calendar, so that two dates in the same one have the same number. */
function counter(unit: string, startOfWeek: number): (local: number) => number {
  const months = MONTHS[unit];
  if (months !== undefined) return (local) => Math.floor(monthsOf(local) / months);
  const duration = DURATIONS[unit] ?? 1;
  const shift = unit === 'week' ? firstWeek(startOfWeek) : 0;
  return (local) => Math.floor((local - shift) / duration);
}

/** The first day of a week after the point of reference, which is a Saturday. */
const firstWeek = (startOfWeek: number) => REFERENCE + ((startOfWeek - SATURDAY + 7) % 7) * DAY;

function truncated(at: number, unit: string, size: number, zone: Zone, startOfWeek: number): number {
  const months = MONTHS[unit];
  const local = at + zone(at);
  if (months !== undefined) {
    const [first, bin] = [monthsOf(REFERENCE), months * size];
    const count = first + Math.floor((monthsOf(local) - first) / bin) * bin;
    return instantOf(utc(Math.floor(count / 12), count - Math.floor(count / 12) * 12, 1), zone);
  }
  const bin = (DURATIONS[unit] ?? 1) * size;
  if (unit === 'day' || unit === 'week') {
    const first = unit === 'week' ? firstWeek(startOfWeek) : REFERENCE;
    return instantOf(first + Math.floor((local - first) / bin) * bin, zone);
  }
  const first = instantOf(REFERENCE, zone);
  return first + Math.floor((at - first) / bin) * bin;
}

/** The time that parts of a date make, as if it were UTC; what is too much is carried over. */
function localOf(parts: Document): number {
  const part = (name: string, otherwise: number) => {
    const value = parts[name] === undefined ? otherwise : toInteger(parts[name]);
    if (value === undefined)
      throw new CommandError(40515, `'${name}' must evaluate to an integer, found ${typeName(parts[name])}`);
    return value;
  };
  const iso = Object.hasOwn(parts, 'isoWeekYear');
  if (!iso && !Object.hasOwn(parts, 'year'))
    throw new CommandError(40516, "$dateFromParts requires either 'year' or 'isoWeekYear' to be present");
  const wrong = Object.keys(parts).find((name) => (iso ? /^(year|month|day)$/ : /^iso/).test(name));
  if (wrong !== undefined)
    throw new CommandError(
      iso ? 40489 : 40525,
      `$dateFromParts does not allow mixing ISO dates with '${wrong}'`,
    );
  const year = part(iso ? 'isoWeekYear' : 'year', 1970);
  if (year < 1 || year > 9999)
    throw new CommandError(40523, `'year' must evaluate to an integer in the range 1 to 9999, found ${year}`);
  const day = iso
    ? mondayOfFirstWeek(year) + ((part('isoWeek', 1) - 1) * 7 + part('isoDayOfWeek', 1) - 1) * DAY
    : utc(year, part('month', 1) - 1, part('day', 1));
  return (
    day +
    ((part('hour', 0) * 60 + part('minute', 0)) * 60 + part('second', 0)) * 1000 +
    part('millisecond', 0)
  );
}

function unitOf(name: string, unit: unknown): string {
  if (typeof unit !== 'string') throw new CommandError(5439013, `${name} requires 'unit' to be a string`);
  if (Object.hasOwn(MONTHS, unit) || Object.hasOwn(DURATIONS, unit)) return unit;
  throw new CommandError(
    5439014,
    `${name} parameter 'unit' value cannot be recognized as a time unit: ${unit}`,
  );
}

/** 0 for Sunday, which is what a week begins with where nothing is said. */
function weekday(name: string, day: unknown): number {
  if (day === undefined) return 0;
  if (typeof day !== 'string')
    throw new CommandError(5439015, `${name} requires 'startOfWeek' to be a string`);
  const at = WEEKDAYS.findIndex((known) => day.length >= 3 && day.toLowerCase().slice(0, 3) === known);
  if (at >= 0) return at;
  throw new CommandError(
    5439016,
    `${name} parameter 'startOfWeek' value cannot be recognized as a day of a week: ${day}`,
  );
}
