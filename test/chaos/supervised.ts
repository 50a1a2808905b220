import { type Part, type PartOptions, startPart } from '../../dev/parts/part.ts';

/** A time in which a part did not answer: killed, until it was ready again; ms since the epoch. */
export interface Downtime {
  from: number;
  /** Infinity while it lasts. */
  until: number;
}

/** A part that is killed now and then, and what there is to say about it. */
export interface Supervised<Ready> extends Part<Ready> {
  /** How often it was killed. */
  kills(): number;
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
  let kills = 0;
  let isUp = false;
  const up = () => {
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
      if (isUp) falls.push(notice);
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
      const isHit = part.kill();
      if (isHit) {
        kills += 1;
        down();
      }
      return isHit;
    },
    kills: () => kills,
    isUp: () => isUp,
    downtimes,
    falls,
  };
}
