/**
 * Lets so many pieces of work be under way at a time; the others wait in line.
 *
 * @param waitMs how long one may wait for its turn, ms
 * @returns runs one of them when its turn has come, and settles as it does; undefined where it did not come in time
 */
export function atMost(
  most: number,
  { waitMs }: { waitMs: number },
): <T>(work: () => Promise<T>) => Promise<T | undefined> {
  const line = new Set<() => void>();
  let free = most;

  function turn(): Promise<boolean> {
    return new Promise((resolve) => {
      const enter = () => {
        clearTimeout(timer);
        line.delete(enter);
        resolve(true);
      };
      const timer = setTimeout(() => {
        line.delete(enter);
        resolve(false);
      }, waitMs);
      line.add(enter);
    });
  }

  return async (work) => {
    if (free > 0) free -= 1;
    else if (!(await turn())) return undefined;
    try {
      return await work();
    } finally {
      const [next] = line;
      if (next === undefined) free += 1;
      else next();
    }
  };
}
