import { type Part, type PartOptions, startPart } from '../../dev/parts/part.ts';

/** A time in which a part did not answer: killed, until it was ready again; ms since the epoch. */
interface Downtime {
  from: number;
  /** Infinity while it lasts. */
  until: number;
}

/** A part that is killed now and then, and what there is to say about it. */
export interface Supervised<Ready> extends Part<Ready> {
  /** When it was killed, ms since the epoch. */
  kills: readonly number[];
  isUp(): boolean;
  /** Since it was first ready. */
  downtimes: Downtime[];
  /** When it ended without having been killed, once it was ready: how. */
  falls: string[];
}

/** Who is killed every few seconds must not wait longer and longer. */
const LONGEST_DELAY_MS = 400;

export function supervise<Ready>(
  options: Omit<PartOptions<Ready>, 'onNotice' | 'longestDelayMs'>,
): Supervised<Ready> {
  const downtimes: Downtime[] = [];
  const falls: string[] = [];
  const kills: number[] = [];
  let isUp = false;
  let isKilled = false;
  const up = () => {
    // What it said before it was killed may come afterwards.
    if (isKilled) return;
    isUp = true;
    const last = downtimes.at(-1);
    if (last !== undefined) last.until = Date.now();
  };
  const down = () => {
    if (isUp) downtimes.push({ from: Date.now(), until: Infinity });
    isUp = false;
  };
  const part = startPart({
    ...options,
    longestDelayMs: LONGEST_DELAY_MS,
    onNotice(notice) {
      options.onLine(notice);
      if (isUp && !isKilled) falls.push(notice);
      isKilled = false;
      down();
    },
    onReadyAgain() {
      up();
      options.onReadyAgain?.();
    },
  });
  part.ready.then(up, () => {});
  return {
    ...part,
    kill() {
      const isHit = !isKilled && part.kill();
      if (isHit) {
        kills.push(Date.now());
        isKilled = true;
        down();
      }
      return isHit;
    },
    kills,
    isUp: () => isUp,
    downtimes,
    falls,
  };
}
