import type { Job } from '../store/jobs.ts';
import type { Slot } from '../store/runs.ts';
import { createHeap, type Heap } from './heap.ts';

/** Counts what runs under each concurrency limit, and keeps the jobs that have to wait for a place. */
export interface SlotTable {
  /**
   * Takes the job's places, all or none. A job that has to wait is kept and handed back by a later call.
   *
   * @returns whether the places are taken, and which waiting jobs may try again
   */
  take(job: Job): { taken: boolean; retry: Job[] };
  /** Gives back what a job held while it was called; answers the jobs that may try again. */
  release(job: Job): Job[];
  /** Gives back what a run held since its first call; answers the jobs that may try again. */
  releaseRun(runId: string): Job[];
  /** Counts a run that was under way before a restart. */
  holdRun(runId: string, slots: readonly Slot[]): void;
}

/** @param isAlive whether a job that waits is still to be done */
export function createSlotTable(isAlive: (job: Job) => boolean): SlotTable {
  const used = new Map<string, number>();
  const waiting = new Map<string, Heap<Job>>();
  const held = new Map<string, readonly Slot[]>();

  const isFull = ({ key, limit }: Slot) => (used.get(key) ?? 0) >= limit;
  const count = (slots: readonly Slot[], by: 1 | -1) => {
    for (const { key } of slots) {
      const n = (used.get(key) ?? 0) + by;
      if (n > 0) used.set(key, n);
      else used.delete(key);
    }
  };
  /** One waiting job for each of these places that is free. */
  const next = (slots: readonly Slot[]): Job[] => {
    const jobs: Job[] = [];
    for (const slot of slots) {
      const queue = isFull(slot) ? undefined : waiting.get(slot.key);
      let job = queue?.pop();
      while (job && !isAlive(job)) job = queue?.pop();
      if (queue?.size === 0) waiting.delete(slot.key);
      if (job) jobs.push(job);
    }
    return jobs;
  };

  return {
    take(job) {
      if (!job.slots || job.runId === null) return { taken: true, retry: [] };
      const ofRun = held.has(job.runId) ? [] : job.slots.run;
      const wanted = [...job.slots.step, ...ofRun];
      const full = wanted.find(isFull);
      if (full) {
        const queue = waiting.get(full.key) ?? createHeap<Job>((a, b) => a.score < b.score);
        queue.push(job);
        waiting.set(full.key, queue);
        // It was woken for a place that it does not take: that one goes to the next.
        return { taken: false, retry: next(wanted.filter((slot) => slot !== full)) };
      }
      count(wanted, 1);
      if (ofRun.length > 0) held.set(job.runId, ofRun);
      return { taken: true, retry: [] };
    },
    release(job) {
      const slots = job.slots?.step ?? [];
      count(slots, -1);
      return next(slots);
    },
    releaseRun(runId) {
      const slots = held.get(runId) ?? [];
      held.delete(runId);
      count(slots, -1);
      return next(slots);
    },
    holdRun(runId, slots) {
      held.set(runId, slots);
      count(slots, 1);
    },
  };
}
