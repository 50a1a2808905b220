import type { Clock } from '@frontdesk/emulator-kit';
import type { Database } from '../store/database.ts';
import type { Job, JobStore, NewJob } from '../store/jobs.ts';
import { createHeap } from './heap.ts';
import { createSlotTable, type SlotTable } from './slots.ts';

/** How many calls to apps may be under way at once, as in the real server (100 queue workers). */
const WORKERS = 100;
const MAX_TIMER = 2 ** 31 - 1;

/** What is to be done when, and the clock's hand that does it. */
export interface Queue {
  add(job: NewJob): Job;
  /** Adds a job that a restart forgets. */
  addVolatile(job: NewJob): Job;
  /** Adds a job in the place of the one with the same subject. */
  replace(job: NewJob & { subject: string }): Job;
  remove(id: number): void;
  removeSubject(subject: string): void;
  /** The subjects of queued jobs that begin so. */
  subjects(prefix: string): string[];
  removeOfRun(runId: string): void;
  /** Puts a job off until `at`, in ms since the epoch. */
  reschedule(job: Job, change: { attempt: number; at: number }): Job;
  /** Whether a job is still queued as it is given. */
  has(job: Job): boolean;
  /** The places under concurrency limits that a run held since its first call are free. */
  releaseRun(runId: string): void;
  /** Starts what is due; also happens by itself after each commit and at the time of the next job. */
  pump(): void;
  /** Resolves when nothing is under way or due now. */
  idle(): Promise<void>;
  /** Turns the clock forward, stopping at each time at which something falls due until that is done. */
  advance(ms: number): Promise<void>;
  /** Starts nothing more and waits for what is under way, but no longer than `grace` ms. */
  stop(grace: number): Promise<void>;
  /** Whether it was stopped and what is still under way was given up: its job stays for the next start. */
  isClosed(): boolean;
}

export interface QueueOptions {
  db: Database;
  jobs: JobStore;
  clock: Clock;
  /** Does a job. A call to an app answers a promise; everything else is done at once. */
  perform(job: Job): Promise<void> | undefined;
  log: (line: string) => void;
}

export function createQueue({ db, jobs, clock, perform, log }: QueueOptions): Queue & { slots: SlotTable } {
  const alive = new Map<number, Job>();
  const bySubject = new Map<string, number>();
  const later = createHeap<Job>((a, b) => a.at < b.at || (a.at === b.at && a.id < b.id));
  const ready = createHeap<Job>((a, b) => a.score < b.score || (a.score === b.score && a.id < b.id));
  const isAlive = (job: Job) => alive.get(job.id) === job;
  const slots = createSlotTable(isAlive);
  const waiters: (() => void)[] = [];
  let running = 0;
  let volatileId = 0;
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  let closed = false;

  const enqueue = (job: Job) => {
    alive.set(job.id, job);
    if (job.subject !== null) bySubject.set(job.subject, job.id);
    later.push(job);
    return job;
  };
  const forget = (id: number) => {
    const subject = alive.get(id)?.subject;
    if (typeof subject === 'string' && bySubject.get(subject) === id) bySubject.delete(subject);
    alive.delete(id);
    if (later.size > 2 * alive.size + 1000) later.retain(isAlive);
  };
  const remove = (id: number) => {
    if (id > 0) jobs.remove(id);
    forget(id);
  };
  const removeSubject = (subject: string) => {
    const id = bySubject.get(subject);
    if (id !== undefined) remove(id);
  };
  /** The first job to come that was not removed or put off. */
  const upcoming = () => {
    for (;;) {
      const job = later.peek();
      if (!job || isAlive(job)) return job;
      later.pop();
    }
  };
  const isIdle = () =>
    running === 0 && !db.isWriting() && ready.size === 0 && !((upcoming()?.at ?? Infinity) <= clock.now());

  const start = (job: Job) => {
    let done: Promise<void> | undefined;
    try {
      done = perform(job);
    } catch (error) {
      log(`internal error in ${job.kind} of ${job.functionId}: ${(error as Error).stack}`);
    }
    if (!done) return;
    running++;
    done
      .catch((error: Error) => log(`internal error in a call of ${job.functionId}: ${error.stack}`))
      .finally(() => {
        running--;
        for (const next of slots.release(job)) ready.push(next);
        pump();
      });
  };

  const pump = () => {
    clearTimeout(timer);
    if (!stopped) {
      const now = clock.now();
      for (let job = upcoming(); job && job.at <= now; job = upcoming()) {
        later.pop();
        if (job.kind === 'call') ready.push(job);
        else start(job);
      }
      while (running < WORKERS) {
        const job = ready.pop();
        if (!job) break;
        if (!isAlive(job)) continue;
        const { taken, retry } = slots.take(job);
        for (const next of retry) ready.push(next);
        if (taken) start(job);
      }
      const next = upcoming();
      if (next) timer = setTimeout(pump, Math.min(Math.max(0, next.at - clock.now()), MAX_TIMER));
    }
    if (waiters.length > 0 && (stopped ? running === 0 : isIdle())) {
      for (const resolve of waiters.splice(0)) resolve();
    }
  };

  const idle = () =>
    new Promise<void>((resolve) => {
      waiters.push(resolve);
      setImmediate(pump);
    });

  for (const job of jobs.all()) enqueue(job);
  db.onCommit(pump);

  return {
    slots,
    add: (job) => enqueue(jobs.insert(job)),
    addVolatile: (job) =>
      enqueue({
        runId: null,
        stepId: null,
        attempt: 0,
        score: job.at,
        subject: null,
        slots: null,
        ...job,
        id: --volatileId,
      }),
    replace(job) {
      removeSubject(job.subject);
      return enqueue(jobs.insert(job));
    },
    remove,
    removeSubject,
    subjects: (prefix) => [...bySubject.keys()].filter((subject) => subject.startsWith(prefix)),
    removeOfRun(runId) {
      for (const id of jobs.removeOfRun(runId)) forget(id);
    },
    reschedule(job, { attempt, at }) {
      const moved = { ...job, attempt, at, score: at - (job.at - job.score) };
      jobs.reschedule(moved);
      return enqueue(moved);
    },
    has: isAlive,
    releaseRun(runId) {
      for (const job of slots.releaseRun(runId)) ready.push(job);
    },
    pump,
    idle,
    async advance(ms) {
      const target = clock.now() + ms;
      for (;;) {
        await idle();
        const next = upcoming();
        if (!next || next.at > target) break;
        clock.advance(Math.max(0, next.at - clock.now()));
      }
      clock.advance(Math.max(0, target - clock.now()));
      await idle();
    },
    async stop(grace) {
      stopped = true;
      clearTimeout(timer);
      if (running > 0) {
        await new Promise<void>((resolve) => {
          waiters.push(resolve);
          setTimeout(resolve, grace).unref();
        });
      }
      closed = true;
    },
    isClosed: () => closed,
  };
}
