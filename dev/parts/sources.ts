import { watch } from 'node:fs';

/** Long enough for an editor or git to have written all it writes, ms. */
const SETTLED_MS = 100;

export interface Watch {
  close(): void;
}

/** Calls `onChange` after sources under a folder have changed, once for changes that come together; tests do not count. */
export function watchSources(folder: string, onChange: () => void, onError: (error: Error) => void): Watch {
  let settling: NodeJS.Timeout | undefined;
  const watcher = watch(folder, { recursive: true }, (_event, file) => {
    if (file === null || !/(?<!\.(?:test|soak))\.ts$/.test(file)) return;
    clearTimeout(settling);
    settling = setTimeout(onChange, SETTLED_MS);
  });
  watcher.on('error', onError);
  return {
    close() {
      clearTimeout(settling);
      watcher.close();
    },
  };
}
