const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** How long after a failed try the next one follows, in milliseconds (docs.svix.com/retries). After the last: given up. */
const PAUSES_MS = [5 * SECOND, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 10 * HOUR];

/** Milliseconds until the next try after so many failed ones, or undefined where there is none. */
export function pauseAfter(failures: number): number | undefined {
  return PAUSES_MS[failures - 1];
}
