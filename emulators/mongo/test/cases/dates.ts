import { Long } from 'mongodb';
import { Refused } from './pipelines.ts';

const at = (iso: string) => new Date(iso);
const NEW_YORK = 'America/New_York';
/** 23:30 of the day before in New York. */
const document = { _id: 1, day: at('2026-07-01T03:30:00Z') };

/** What an expression makes of a date. */
export const DATES = (
  [
    [
      '$dateAdd of a month keeps to the end of the month',
      { $dateAdd: { startDate: at('2026-01-31T00:00:00Z'), unit: 'month', amount: 1 } },
      at('2026-02-28T00:00:00Z'),
    ],
    [
      '$dateAdd of a month goes by the calendar of the zone',
      { $dateAdd: { startDate: '$day', unit: 'month', amount: 1, timezone: NEW_YORK } },
      at('2026-07-31T03:30:00Z'),
    ],
    [
      '$dateAdd of a day over the change of clocks is 23 hours',
      { $dateAdd: { startDate: at('2026-03-07T12:00:00Z'), unit: 'day', amount: 1, timezone: NEW_YORK } },
      at('2026-03-08T11:00:00Z'),
    ],
    [
      '$dateAdd of 24 hours over the change of clocks is 24 hours',
      { $dateAdd: { startDate: at('2026-03-07T12:00:00Z'), unit: 'hour', amount: 24, timezone: NEW_YORK } },
      at('2026-03-08T12:00:00Z'),
    ],
    [
      '$dateSubtract of a month keeps to the end of the month',
      { $dateSubtract: { startDate: at('2024-03-31T00:00:00Z'), unit: 'month', amount: 1 } },
      at('2024-02-29T00:00:00Z'),
    ],
    [
      '$dateAdd of a quarter',
      { $dateAdd: { startDate: at('2024-11-30T00:00:00Z'), unit: 'quarter', amount: 1 } },
      at('2025-02-28T00:00:00Z'),
    ],
    [
      '$dateAdd of a year to 29 February',
      { $dateAdd: { startDate: at('2024-02-29T00:00:00Z'), unit: 'year', amount: 1 } },
      at('2025-02-28T00:00:00Z'),
    ],
    [
      '$dateTrunc to the month, before 2000',
      { $dateTrunc: { date: at('1970-01-01T00:00:00Z'), unit: 'month' } },
      at('1970-01-01T00:00:00Z'),
    ],
    [
      '$dateTrunc to the day of a zone',
      { $dateTrunc: { date: at('1970-01-01T00:00:00Z'), unit: 'day', timezone: NEW_YORK } },
      at('1969-12-31T05:00:00Z'),
    ],
    [
      '$dateTrunc to a week that begins on Monday',
      { $dateTrunc: { date: at('2021-03-20T11:30:05Z'), unit: 'week', startOfWeek: 'Monday' } },
      at('2021-03-15T00:00:00Z'),
    ],
    [
      '$dateTrunc to two months of a zone',
      {
        $dateTrunc: {
          date: at('2021-03-20T11:30:05Z'),
          unit: 'month',
          binSize: 2,
          timezone: 'America/Los_Angeles',
          startOfWeek: 'Monday',
        },
      },
      at('2021-03-01T08:00:00Z'),
    ],
    [
      '$dateTrunc to twelve hours',
      { $dateTrunc: { date: at('2021-03-20T11:30:05Z'), unit: 'hour', binSize: 12 } },
      at('2021-03-20T00:00:00Z'),
    ],
    [
      '$dateTrunc to the quarter',
      { $dateTrunc: { date: at('1969-03-15T10:00:00Z'), unit: 'quarter' } },
      at('1969-01-01T00:00:00Z'),
    ],
    [
      '$dateFromParts in summer time',
      { $dateFromParts: { year: 2026, month: 7, day: 1, hour: 0, timezone: NEW_YORK } },
      at('2026-07-01T04:00:00Z'),
    ],
    [
      '$dateFromParts carries a month over',
      { $dateFromParts: { year: 2017, month: 14, day: 1, hour: 12 } },
      at('2018-02-01T12:00:00Z'),
    ],
    [
      '$dateFromParts with month 0',
      { $dateFromParts: { year: 2017, month: 0, day: 1, hour: 12 } },
      at('2016-12-01T12:00:00Z'),
    ],
    [
      '$dateFromParts of an ISO week',
      {
        $dateFromParts: {
          isoWeekYear: 2017,
          isoWeek: 6,
          isoDayOfWeek: 4,
          hour: 12,
          minute: 10,
          timezone: NEW_YORK,
        },
      },
      at('2017-02-09T17:10:00Z'),
    ],
    [
      '$dateFromString in summer time',
      { $dateFromString: { dateString: '2026-07-01T00:00:00', timezone: NEW_YORK } },
      at('2026-07-01T04:00:00Z'),
    ],
    [
      '$dateFromString',
      { $dateFromString: { dateString: '2017-02-08T12:10:40.787' } },
      at('2017-02-08T12:10:40.787Z'),
    ],
    [
      '$dateFromString with a format',
      { $dateFromString: { dateString: '06-15-2018', format: '%m-%d-%Y' } },
      at('2018-06-15T00:00:00Z'),
    ],
    ['$dateFromString with onError', { $dateFromString: { dateString: 'nope', onError: 'bad' } }, 'bad'],
    [
      '$dateFromString with onNull',
      { $dateFromString: { dateString: null, onNull: 'none', timezone: NEW_YORK } },
      'none',
    ],
    ['$dateFromString of null', { $dateFromString: { dateString: null } }, null],
    [
      '$dateFromString with an offset and a zone is refused',
      { $dateFromString: { dateString: '2017-02-08T12:10:40Z', timezone: NEW_YORK } },
      new Refused(40554),
    ],
    [
      '$dateFromString with an offset',
      { $dateFromString: { dateString: '2017-02-08T12:10:40+0200' } },
      at('2017-02-08T10:10:40Z'),
    ],
    [
      '$dateFromString of a day',
      { $dateFromString: { dateString: '2017-02-08' } },
      at('2017-02-08T00:00:00Z'),
    ],
    ['$week', { $week: '$day' }, 26],
    ['$week before the first Sunday', { $week: at('2016-01-01T00:00:00Z') }, 0],
    ['$week in a zone', { $week: { date: at('2026-01-04T02:00:00Z'), timezone: NEW_YORK } }, 0],
    ['$week of what is missing', { $week: '$none' }, null],
    ['an unknown zone is refused', { $week: { date: '$day', timezone: 'Mars/X' } }, new Refused(40485)],
    ['$isoWeek', { $isoWeek: at('2015-11-02T00:00:00Z') }, 45],
    ['$isoWeek of a day that belongs to the year before', { $isoWeek: at('2021-01-03T00:00:00Z') }, 53],
    ['$isoWeekYear', { $isoWeekYear: at('2021-01-03T00:00:00Z') }, Long.fromNumber(2020)],
    ['$isoDayOfWeek', { $isoDayOfWeek: at('2021-01-03T00:00:00Z') }, 7],
    ['$dayOfYear of a leap year', { $dayOfYear: at('2024-12-31T23:00:00Z') }, 366],
    ['$dayOfWeek', { $dayOfWeek: at('2021-01-03T00:00:00Z') }, 1],
    [
      '$dateDiff in weeks',
      {
        $dateDiff: {
          startDate: at('2021-01-24T18:55:00Z'),
          endDate: at('2021-02-25T18:55:00Z'),
          unit: 'week',
          startOfWeek: 'Monday',
        },
      },
      Long.fromNumber(5),
    ],
    [
      '$dateDiff in months counts boundaries',
      {
        $dateDiff: {
          startDate: at('2021-01-31T00:00:00Z'),
          endDate: at('2021-02-01T00:00:00Z'),
          unit: 'month',
        },
      },
      Long.fromNumber(1),
    ],
    [
      '$dateDiff that goes back',
      {
        $dateDiff: {
          startDate: at('2021-02-01T00:00:00Z'),
          endDate: at('2020-12-31T00:00:00Z'),
          unit: 'quarter',
        },
      },
      Long.fromNumber(-1),
    ],
    [
      '$dateToString with weeks',
      { $dateToString: { date: '$day', format: '%G-W%V-%u %j %U %L' } },
      '2026-W27-3 182 26 000',
    ],
    ['$dateToString without a format', { $dateToString: { date: '$day' } }, '2026-07-01T03:30:00.000Z'],
    [
      '$dateToString in a zone without a format',
      { $dateToString: { date: '$day', timezone: NEW_YORK } },
      '2026-06-30T23:30:00.000',
    ],
    [
      '$dateToParts with iso8601',
      { $dateToParts: { date: '$day', iso8601: true } },
      { isoWeekYear: 2026, isoWeek: 27, isoDayOfWeek: 3, hour: 3, minute: 30, second: 0, millisecond: 0 },
    ],
    ['$hour of what is missing', { $hour: '$none' }, null],
    ['$year in a zone', { $year: { date: at('2026-01-01T03:30:00Z'), timezone: NEW_YORK } }, 2025],
    ['an unknown unit is refused', { $dateTrunc: { date: '$day', unit: 'eon' } }, new Refused(5439014)],
    ['$dateTrunc to null', { $dateTrunc: { date: '$day', unit: null } }, null],
  ] as [string, unknown, unknown][]
).map(([title, expression, value]) => ({ title, document, expression, value }));
