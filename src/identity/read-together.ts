/**
 * Lets reads by key that come at about the same time share one query: those of all the requests whose sockets are
 * readable now. A read never begins before it was asked for.
 *
 * @param readMany reads what there is of some keys; what is missing in its answer does not exist
 * @returns a function that reads one; null where it does not exist
 */
export function readTogether<V>(
  readMany: (keys: string[]) => Promise<ReadonlyMap<string, V>>,
): (key: string) => Promise<V | null> {
  let waiting = new Set<string>();
  let query: Promise<ReadonlyMap<string, V>> | undefined;

  /** After the sockets that are readable now. */
  async function next(): Promise<ReadonlyMap<string, V>> {
    await new Promise<void>((resolve) => setImmediate(resolve));
    const keys = [...waiting];
    waiting = new Set();
    query = undefined;
    return readMany(keys);
  }

  return async (key) => {
    waiting.add(key);
    query ??= next();
    return (await query).get(key) ?? null;
  };
}
