export interface WriteBehind<T> {
  /** Takes something to be written soon; what waits already is not taken twice. */
  add(item: T): void;
  /** Writes all that waits. @throws what `write` throws; it waits on then */
  flush(): Promise<void>;
}

export interface WriteBehindOptions<T> {
  /** Writes a batch; `lost` is how many had to be dropped since the last one. */
  write(batch: T[], lost: number): Promise<void>;
  /** Told where nobody waits for the writing that failed. */
  onError(error: unknown): void;
}

/** How long something waits for others to share its write, ms; and after a write that failed. */
const SOON_MS = 250;
const LATER_MS = 5000;

const AT_ONCE = 1000;

/** What may wait, as when MongoDB is away: some 10 MB. What comes then is dropped and counted. */
const MOST = 20_000;

/** Keeps things in memory for a moment and writes them in batches, one batch at a time. */
export function createWriteBehind<T extends object>({
  write,
  onError,
}: WriteBehindOptions<T>): WriteBehind<T> {
  const waiting = new Set<T>();
  let lost = 0;
  let timer: NodeJS.Timeout | undefined;
  let writing: Promise<void> = Promise.resolve();

  async function writeAll(): Promise<void> {
    clearTimeout(timer);
    timer = undefined;
    while (waiting.size > 0) {
      const batch = [...waiting].slice(0, AT_ONCE);
      const dropped = lost;
      for (const item of batch) waiting.delete(item);
      lost = 0;
      try {
        await write(batch, dropped);
      } catch (error) {
        for (const item of batch) waiting.add(item);
        lost += dropped;
        schedule(LATER_MS);
        throw error;
      }
    }
  }

  function flush(): Promise<void> {
    writing = writing.catch(() => {}).then(writeAll);
    return writing;
  }

  function schedule(ms: number): void {
    timer ??= setTimeout(() => {
      timer = undefined;
      flush().catch(onError);
    }, ms).unref();
  }

  return {
    flush,
    add(item) {
      if (waiting.size >= MOST && !waiting.has(item)) {
        lost += 1;
        return;
      }
      waiting.add(item);
      schedule(SOON_MS);
    },
  };
}
