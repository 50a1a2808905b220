import { CommandError } from '../errors.ts';

/** How far a zone's clocks are ahead of UTC at an instant; both in milliseconds. */
export type Zone = (instant: number) => number;

const HOUR = 3_600_000;
const MINUTE = 60_000;
const OFFSET = /^([+-])(\d\d)(?::?(\d\d))?$/;

/**
 * A zone by its name (`Europe/Madrid`) or offset (`+01`, `+0530`, `+05:30`); UTC without one.
 *
 * @throws CommandError for what names no zone
 */
export function zoneNamed(name: unknown): Zone {
  if (name === undefined) return () => 0;
  if (typeof name !== 'string') throw new CommandError(40517, 'timezone must evaluate to a string');
  const [, sign, hours, minutes = '0'] = OFFSET.exec(name) ?? [];
  if (sign !== undefined) {
    const offset = Number(hours) * HOUR + Number(minutes) * MINUTE;
    return () => (sign === '-' ? -offset : offset);
  }
  const clock = clockOf(name);
  return (instant) => {
    const {
      year = 0,
      month = 0,
      day = 0,
      hour = 0,
      minute = 0,
      second = 0,
    } = Object.fromEntries(clock.formatToParts(instant).map(({ type, value }) => [type, Number(value)]));
    return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(instant / 1000) * 1000;
  };
}

function clockOf(timeZone: string): Intl.DateTimeFormat {
  const two = '2-digit';
  try {
    return new Intl.DateTimeFormat('en-US', {
      timeZone,
      hourCycle: 'h23',
      year: 'numeric',
      month: two,
      day: two,
      hour: two,
      minute: two,
      second: two,
    });
  } catch {
    throw new CommandError(40485, `unrecognized time zone identifier: "${timeZone}"`);
  }
}

/** The instant at which a zone's clocks show a time; that time as if it were UTC. */
export function instantOf(local: number, zone: Zone): number {
  const guess = local - zone(local);
  return local - zone(guess);
}
