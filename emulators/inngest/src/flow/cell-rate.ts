import type { Counters } from '../store/counters.ts';

/** The generic cell rate algorithm: so many in a period, evenly spaced, and `burst` more at once. */
export interface CellRate {
  limit: number;
  /** ms */
  period: number;
  burst: number;
}

/** Takes a place now, or answers false (inngest: pkg/execution/ratelimit/lua/ratelimit.lua). */
export function takeNow(counters: Counters, key: string, rate: CellRate, now: number): boolean {
  const interval = rate.period / Math.max(1, rate.limit);
  const next = Math.max(counters.get(key, now) ?? now, now);
  if (next - now > interval * rate.burst) return false;
  counters.set(key, next + interval, next + interval);
  return true;
}

/** Takes the next free place and answers when it is, in ms since the epoch. */
export function takeNext(counters: Counters, key: string, rate: CellRate, now: number): number {
  const interval = rate.period / Math.max(1, rate.limit);
  const next = Math.max(counters.get(key, now) ?? now, now);
  counters.set(key, next + interval, next + interval);
  return Math.max(now, next - interval * rate.burst);
}
