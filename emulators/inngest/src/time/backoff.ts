import { DAY } from './duration.ts';

const TABLE_SECONDS = [15, 30, 60, 120, 300, 600, 1200, 2400, 3600, 7200];
const JITTER_MS = 30_000;

/** How long before the attempt after `failed` failed ones (from 0), in ms (inngest: pkg/backoff/backoff.go). */
export function backoff(failed: number, random: () => number): number {
  const seconds = TABLE_SECONDS[Math.min(failed, TABLE_SECONDS.length - 1)]!;
  return seconds * 1000 + Math.floor(random() * JITTER_MS);
}

/**
 * Reads a `Retry-After` header: seconds, or a date of the machine's clock. Answers ms from now, between 1 s and 24 h
 * (inngest: pkg/execution/driver/httpdriver/parse.go).
 */
export function parseRetryAfter(header: string): number | undefined {
  const wait = /^\d{1,7}$/.test(header) ? Number(header) * 1000 : Date.parse(header) - Date.now();
  return Number.isNaN(wait) ? undefined : Math.min(Math.max(wait, 1000), DAY);
}
