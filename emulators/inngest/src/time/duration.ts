const UNITS: Record<string, number> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

export const DAY = 86_400_000;

/** A "time string" (SDK_SPEC 5.3.2) such as `1h30m` in milliseconds, or undefined where it is none. */
export function parseDuration(text: string): number | undefined {
  if (!/^(\d+(\.\d+)?(ns|us|µs|ms|s|m|h|d|w))+$/.test(text)) return undefined;
  let total = 0;
  for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h|d|w)/g)) {
    total += Number(amount) * UNITS[unit!]!;
  }
  return total;
}

/** When a time string or a date lies, in ms since the epoch. A date is rounded to whole seconds, as the real server does. */
export function parseMoment(text: string, now: number): number | undefined {
  const duration = parseDuration(text);
  if (duration !== undefined) return now + duration;
  const date = text.length >= 10 ? Date.parse(text) : Number.NaN;
  return Number.isNaN(date) ? undefined : now + Math.max(0, Math.round((date - now) / 1000) * 1000);
}
