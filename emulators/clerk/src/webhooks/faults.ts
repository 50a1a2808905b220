import type { Clock } from '@frontdesk/emulator-kit';
import { refuse } from '../http/api-error.ts';
import type { MessageStore } from './message-store.ts';
import { seededRandom, shuffled } from './seeded-random.ts';

/** What goes wrong with webhooks. The same seed and the same events give the same deliveries. */
export interface WebhookFaults {
  /** Any whole number; 1 by default. */
  seed?: number | undefined;
  /** The share of messages that are lost, from 0 to 1. */
  drop?: number | undefined;
  /** The share of messages that are sent twice. */
  duplicate?: number | undefined;
  /** The share of messages that are held back for `delayMs`. */
  delay?: number | undefined;
  /** How long, in milliseconds by the emulator's clock; a minute by default. */
  delayMs?: number | undefined;
  /** Messages leave in groups of so many, each group in a random order. A group that is not full leaves after 10 s. */
  reorder?: number | undefined;
  /**
   * How many messages may be under way at once; 1 by default. With more of them they also overtake each other, as without
   * faults: who meets which fault is still by the seed, the order in which they arrive is not.
   */
  parallel?: number | undefined;
}

const DEFAULT_DELAY_MS = 60_000;
const GROUP_WAITS_MS = 10_000;

/** Applies faults to messages as they are written, in the order in which they are written. */
export interface FaultInjector {
  current(): WebhookFaults | undefined;
  /**
   * Begins a run of faults, or with undefined ends it; what was held back for its group then leaves.
   *
   * @throws ApiError 422 for a share that is none, or a group of nobody
   */
  set(faults: WebhookFaults | undefined): void;
  /** Does to a new message what its place in the run has in store for it. */
  afflict(seq: number): void;
}

export function createFaultInjector(messages: MessageStore, clock: Clock): FaultInjector {
  let faults: WebhookFaults | undefined;
  let place = 0;
  let group: { seq: number; delayMs: number }[] = [];

  /** Those of one group fall due together; only the ranks tell their order. */
  const dueAt = (time: number) => {
    for (const { seq, delayMs } of group) messages.setDue(seq, time + delayMs);
  };

  return {
    current: () => faults,
    set(next) {
      if (next !== undefined) check(next);
      dueAt(clock.now());
      faults = next;
      place = 0;
      group = [];
    },
    afflict(seq) {
      if (faults === undefined) return;
      const {
        seed = 1,
        drop = 0,
        duplicate = 0,
        delay = 0,
        delayMs = DEFAULT_DELAY_MS,
        reorder = 1,
      } = faults;
      // Each fate draws its number whether it is needed or not: changing one share leaves the others' victims alone.
      const random = seededRandom(seed, place);
      const [lost, doubled, late] = [random() < drop, random() < duplicate, random() < delay];
      const rank = rankOf(seed, place, reorder);
      place++;
      if (lost) messages.setState(seq, 'dropped', 0, null);
      else messages.setPlace(seq, rank, doubled ? 1 : 0);
      group.push({ seq, delayMs: late ? delayMs : 0 });
      const full = place % reorder === 0;
      dueAt(clock.now() + (full ? 0 : GROUP_WAITS_MS));
      if (full) group = [];
    },
  };
}

function check(faults: WebhookFaults): void {
  for (const name of ['drop', 'duplicate', 'delay'] as const) {
    const share = faults[name] ?? 0;
    if (!(share >= 0 && share <= 1))
      throw refuse.badValue(name, `${name} must be from 0 to 1, not ${share}.`);
  }
  if (!(Number(faults.delayMs ?? 0) >= 0)) throw refuse.badValue('delayMs', 'delayMs must be 0 or more.');
  for (const name of ['reorder', 'parallel'] as const) {
    const count = faults[name] ?? 1;
    if (!(count >= 1 && Number.isInteger(count)))
      throw refuse.badValue(name, `${name} must be a whole number from 1 up, not ${count}.`);
  }
}

function rankOf(seed: number, place: number, reorder: number): number {
  const group = Math.floor(place / reorder);
  const order = shuffled(reorder, seededRandom(~seed, group));
  return group * reorder + (order[place % reorder] ?? 0);
}
