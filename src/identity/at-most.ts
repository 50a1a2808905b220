/**
 * Lets so many pieces of work be under way at a time; the others wait in line.
 *
 * @returns runs one of them when its turn has come, and settles as it does
 */
export function atMost(most: number): <T>(work: () => Promise<T>) => Promise<T> {
  const line: (() => void)[] = [];
  let free = most;

  return async (work) => {
    if (free > 0) free -= 1;
    else await new Promise<void>((resolve) => line.push(resolve));
    try {
      return await work();
    } finally {
      const next = line.shift();
      if (next === undefined) free += 1;
      else next();
    }
  };
}
