import { setTimeout as sleep } from 'node:timers/promises';

interface Waiting<T> {
  item: T;
  bytes: number;
  resolve(): void;
  reject(error: unknown): void;
}

export interface BatcherOptions<T> {
  /** Handles a batch: answers for each item, in order, its error or undefined. */
  flush(items: T[]): Promise<unknown[]>;
  bytesOf(item: T): number;
  mostItems: number;
  mostBytes: number;
  /** From the beginning of one batch to that of the next, ms, at least. */
  gapMs?: number;
}

/**
 * Lets things that come at about the same time share one piece of work. One batch is under way at a time; what comes
 * meanwhile, or before `gapMs` are over, makes up the next. So batches grow with the load, and what comes alone does not
 * wait.
 *
 * @returns a function that resolves, or rejects, by the outcome of its own item
 */
export function createBatcher<T>({ flush, bytesOf, mostItems, mostBytes, gapMs = 0 }: BatcherOptions<T>) {
  let waiting: Waiting<T>[] = [];
  let isRunning = false;

  function take(): Waiting<T>[] {
    let bytes = 0;
    let count = 0;
    for (const { bytes: more } of waiting) {
      bytes += more;
      if (count === mostItems || (count > 0 && bytes > mostBytes)) break;
      count += 1;
    }
    const batch = waiting.slice(0, count);
    waiting = waiting.slice(count);
    return batch;
  }

  async function run(): Promise<void> {
    while (waiting.length > 0) {
      const batch = take();
      const next = performance.now() + gapMs;
      try {
        const errors = await flush(batch.map(({ item }) => item));
        for (const [index, { resolve, reject }] of batch.entries()) {
          if (errors[index] === undefined) resolve();
          else reject(errors[index]);
        }
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
      const rest = next - performance.now();
      if (rest > 0) await sleep(rest);
    }
    isRunning = false;
  }

  return (item: T): Promise<void> =>
    new Promise((resolve, reject) => {
      waiting.push({ item, bytes: bytesOf(item), resolve, reject });
      if (isRunning) return;
      isRunning = true;
      // After the sockets that are readable now: what they bring shares the batch.
      setImmediate(() => void run());
    });
}
