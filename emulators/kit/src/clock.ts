/** A clock that runs like the machine's and can be turned forward, so that no test has to sleep. */
export interface Clock {
  /** Milliseconds since the epoch, the turns included. */
  now(): number;
  /** Turns the clock forward by so many milliseconds. It never goes back. */
  advance(ms: number): void;
  /** By how many milliseconds it is ahead of the machine's clock. */
  offset(): number;
}

/** @param offset milliseconds that the clock is ahead from the start: what `offset()` said before a restart */
export function createClock(offset = 0): Clock {
  let ahead = offset;
  return {
    now: () => Date.now() + ahead,
    advance(ms) {
      if (!Number.isFinite(ms) || ms < 0) throw new RangeError(`a clock turns forward only, not by ${ms} ms`);
      ahead += ms;
    },
    offset: () => ahead,
  };
}
