/** Tells whoever watches that something about the instance has changed, not what. */
export interface Changes {
  notify(): void;
  /** @returns stops the watching */
  watch(listener: () => void): () => void;
}

export function createChanges(): Changes {
  const listeners = new Set<() => void>();
  return {
    notify() {
      for (const listener of listeners) listener();
    },
    watch(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}
