import { CommandError } from '../errors.ts';
import { DAY, instant, mondayOfFirstWeek, utc } from './calendar.ts';
import { named } from './control.ts';
import { localDate, PARTS } from './date-parts.ts';
import { isMissing, type OperatorTable } from './operator.ts';
import { instantOf, zoneNamed } from './time-zone.ts';

const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];
const ISO = '%Y-%m-%dT%H:%M:%S.%L';

const padded = (value: number, width: number) => String(value).padStart(width, '0');

/** What each mark of a format stands for: https://www.mongodb.com/docs/manual/reference/operator/aggregation/dateToString/ */
const WRITTEN: Readonly<Record<string, (local: Date, offset: number) => string>> = {
  Y: (local) => padded(PARTS.year(local), 4),
  m: (local) => padded(PARTS.month(local), 2),
  d: (local) => padded(PARTS.dayOfMonth(local), 2),
  H: (local) => padded(PARTS.hour(local), 2),
  M: (local) => padded(PARTS.minute(local), 2),
  S: (local) => padded(PARTS.second(local), 2),
  L: (local) => padded(PARTS.millisecond(local), 3),
  j: (local) => padded(PARTS.dayOfYear(local), 3),
  w: (local) => String(PARTS.dayOfWeek(local)),
  u: (local) => String(PARTS.isoDayOfWeek(local)),
  U: (local) => padded(PARTS.week(local), 2),
  V: (local) => padded(PARTS.isoWeek(local), 2),
  G: (local) => padded(PARTS.isoWeekYear(local), 4),
  b: (local) => (MONTHS[local.getUTCMonth()] ?? '').slice(0, 3),
  B: (local) => MONTHS[local.getUTCMonth()] ?? '',
  z: (_local, offset) => {
    const minutes = Math.abs(offset) / 60_000;
    return `${offset < 0 ? '-' : '+'}${padded(Math.floor(minutes / 60), 2)}${padded(minutes % 60, 2)}`;
  },
  Z: (_local, offset) => `${offset < 0 ? '-' : '+'}${Math.abs(offset) / 60_000}`,
  '%': () => '%',
};

const READ: Readonly<Record<string, string>> = {
  Y: '(?<Y>\\d{4})',
  m: '(?<m>\\d{1,2})',
  d: '(?<d>\\d{1,2})',
  H: '(?<H>\\d{1,2})',
  M: '(?<M>\\d{1,2})',
  S: '(?<S>\\d{1,2})',
  L: '(?<L>\\d{1,3})',
  j: '(?<j>\\d{1,3})',
  u: '(?<u>[1-7])',
  V: '(?<V>\\d{1,2})',
  G: '(?<G>\\d{4})',
  b: '(?<b>[A-Za-z]{3})',
  B: '(?<B>[A-Za-z]+)',
  z: '(?<z>Z|[+-]\\d\\d(?::?\\d\\d)?)',
  Z: '(?<Z>[+-]\\d{1,3})',
  '%': '%',
};
/** What is read without a format: ISO 8601. */
const DEFAULT =
  /^\s*(?<Y>\d{4})-(?<m>\d{1,2})(?:-(?<d>\d{1,2}))?(?:[T ](?<H>\d{1,2}):(?<M>\d{2})(?::(?<S>\d{2})(?:\.(?<L>\d{1,3})\d*)?)?)?\s*(?<z>Z|[+-]\d\d(?::?\d\d)?)?\s*$/;

/** Operators between dates and text. */
export const DATE_TEXT: OperatorTable = {
  $dateToString: (argument, context) => {
    const spec = named('$dateToString', argument, ['date'], ['format', 'timezone', 'onNull']);
    const [date, format, timezone, onNull] = ['date', 'format', 'timezone', 'onNull'].map((field) =>
      Object.hasOwn(spec, field) ? context.compile(spec[field]) : undefined,
    );
    return (scope) => {
      const given = date?.(scope);
      if (isMissing(given)) return onNull ? onNull(scope) : null;
      const [pattern, name] = [format?.(scope), timezone?.(scope)];
      if ((format && isMissing(pattern)) || (timezone && isMissing(name))) return null;
      const local = localDate('$dateToString', { date: given, timezone: name });
      const offset = zoneNamed(name)(instant('$dateToString', given));
      const utcZone = name === undefined || name === 'UTC' || name === 'GMT';
      return written(format ? pattern : utcZone ? `${ISO}Z` : ISO, local, offset);
    };
  },
  $dateFromString: (argument, context) => {
    const optional = ['format', 'timezone', 'onNull', 'onError'];
    const spec = named('$dateFromString', argument, ['dateString'], optional);
    const [text, format, timezone, onNull, onError] = ['dateString', ...optional].map((field) =>
      Object.hasOwn(spec, field) ? context.compile(spec[field]) : undefined,
    );
    return (scope) => {
      const given = text?.(scope);
      if (isMissing(given)) return onNull ? onNull(scope) : null;
      const [pattern, name] = [format?.(scope), timezone?.(scope)];
      if ((format && isMissing(pattern)) || (timezone && isMissing(name))) return null;
      const found = typeof given === 'string' ? (format ? reader(pattern) : DEFAULT).exec(given) : null;
      const local = localTime(found?.groups ?? {});
      if (!found || local === undefined) {
        if (onError) return onError(scope);
        throw new CommandError('ConversionFailure', `Error parsing date string '${String(given)}'`);
      }
      const { z, Z } = found.groups ?? {};
      if (z !== undefined || Z !== undefined) {
        if (timezone)
          throw new CommandError(
            40554,
            'you cannot pass in a date/time string with GMT offset together with a timezone argument',
          );
        const offset = z === undefined ? Number(Z) * 60_000 : zoneNamed(z === 'Z' ? undefined : z)(0);
        return new Date(local - offset);
      }
      return new Date(instantOf(local, zoneNamed(name)));
    };
  },
};

function written(format: unknown, local: Date, offset: number): string {
  if (typeof format !== 'string')
    throw new CommandError(18533, "$dateToString requires that 'format' be a string");
  return format.replace(/%(.?)/gsu, (_all, mark: string) => {
    if (mark === '') throw new CommandError(18535, "Unmatched '%' at end of format string");
    const write = Object.hasOwn(WRITTEN, mark) ? WRITTEN[mark] : undefined;
    if (!write) throw new CommandError(18536, `Invalid format character '%${mark}' in format string`);
    return write(local, offset);
  });
}

function reader(format: unknown): RegExp {
  if (typeof format !== 'string')
    throw new CommandError(40684, "$dateFromString requires that 'format' be a string");
  const pattern = format.replace(/%(.?)|[^%]/gsu, (all, mark: string | undefined) => {
    if (mark === undefined) return all.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
    if (mark === '') throw new CommandError(18535, "Unmatched '%' at end of format string");
    const part = Object.hasOwn(READ, mark) ? READ[mark] : undefined;
    if (part === undefined)
      throw new CommandError(18536, `Invalid format character '%${mark}' in format string`);
    return part;
  });
  return new RegExp(`^${pattern}$`);
}

/** The time that was read, as if it were UTC; undefined where there is no such day or hour. */
function localTime(found: Record<string, string | undefined>): number | undefined {
  const part = (mark: string, otherwise: number) =>
    found[mark] === undefined ? otherwise : Number(found[mark]);
  const name = (found['B'] ?? found['b'])?.toLowerCase();
  const month =
    name === undefined
      ? part('m', 1)
      : MONTHS.findIndex((known) =>
          found['B'] === undefined ? known.toLowerCase().startsWith(name) : known.toLowerCase() === name,
        ) + 1;
  const [hour, minute, second] = [part('H', 0), part('M', 0), part('S', 0)];
  if (hour > 23 || minute > 59 || second > 59) return undefined;
  const time = ((hour * 60 + minute) * 60 + second) * 1000 + Number((found['L'] ?? '0').padEnd(3, '0'));
  if (found['G'] !== undefined)
    return mondayOfFirstWeek(part('G', 1970)) + ((part('V', 1) - 1) * 7 + part('u', 1) - 1) * DAY + time;
  if (found['Y'] === undefined) return undefined;
  if (found['j'] !== undefined) return utc(part('Y', 1970), 0, part('j', 1)) + time;
  const day = utc(part('Y', 1970), month - 1, part('d', 1));
  const [inMonth, onDay] = [new Date(day).getUTCMonth() + 1, new Date(day).getUTCDate()];
  return inMonth === month && onDay === part('d', 1) ? day + time : undefined;
}
