import type { Clock } from '@frontdesk/emulator-kit';

/** Node fires a longer timeout at once. */
const LONGEST_TIMEOUT_MS = 2 ** 31 - 1;

/** Alarms by the emulator's clock: they ring when their time comes by itself, and when the clock is turned past it. */
export interface Timers {
  /**
   * Rings once, at a time in milliseconds since the epoch. Never before `at` has returned.
   *
   * @returns takes the alarm back
   */
  at(time: number, ring: () => void): () => void;
  /** To be called after the clock has been turned: rings what is due by now. */
  turned(): void;
  stop(): void;
}

export function createTimers(clock: Clock): Timers {
  const alarms = new Map<object, { time: number; ring(): void; timeout: NodeJS.Timeout }>();

  const arm = (key: object, time: number, ring: () => void) => {
    const wait = Math.min(Math.max(0, time - clock.now()), LONGEST_TIMEOUT_MS);
    const timeout = setTimeout(() => settle(key), wait);
    alarms.set(key, { time, ring, timeout });
  };
  const settle = (key: object) => {
    const alarm = alarms.get(key);
    if (alarm === undefined) return;
    clearTimeout(alarm.timeout);
    if (alarm.time > clock.now()) return arm(key, alarm.time, alarm.ring);
    alarms.delete(key);
    alarm.ring();
  };

  return {
    at(time, ring) {
      const key = {};
      arm(key, time, ring);
      return () => {
        clearTimeout(alarms.get(key)?.timeout);
        alarms.delete(key);
      };
    },
    turned() {
      const inOrder = [...alarms].sort(([, a], [, b]) => a.time - b.time);
      for (const [key] of inOrder) settle(key);
    },
    stop() {
      for (const { timeout } of alarms.values()) clearTimeout(timeout);
      alarms.clear();
    },
  };
}
