import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { EmulatorError, openStorage } from '@frontdesk/emulator-kit';

/** The file that is held while this runs: it keeps a second one out, and marks a folder as ours. */
const LOCK = 'dev';

export interface DataFolder {
  path: string;
  /** Lets go of it. */
  close(): void;
}

/**
 * Takes a folder for this process alone; what it holds stays, or with `fresh` goes.
 *
 * @throws EmulatorError where another process has it, where it cannot be written to, or where it holds files that are not ours
 */
export function openDataFolder(folder: string, { fresh }: { fresh: boolean }): DataFolder {
  const path = resolve(folder);
  if (!isOurs(path)) {
    throw new EmulatorError(
      'foreign_data_folder',
      `${path} holds files that Frontdesk did not put there: choose a new or empty folder with --data`,
    );
  }
  const lock = takeLock(path);
  if (fresh) {
    for (const name of readdirSync(path)) {
      if (!name.startsWith(`${LOCK}.sqlite`)) rmSync(join(path, name), { recursive: true });
    }
  }
  return { path, close: () => lock.close() };
}

/** So that `--fresh` never takes away what somebody else keeps. */
function isOurs(path: string): boolean {
  if (!existsSync(path)) return true;
  return existsSync(join(path, `${LOCK}.sqlite`)) || readdirSync(path).length === 0;
}

function takeLock(path: string) {
  try {
    mkdirSync(path, { recursive: true });
    return openStorage({ dataDir: path, name: LOCK, migrations: [] });
  } catch (cause) {
    if (!(cause instanceof EmulatorError) || cause.code !== 'storage_in_use') throw cause;
    const message = `Frontdesk runs on ${path} already: stop it, or choose another folder with --data`;
    throw new EmulatorError('data_folder_in_use', message, { cause });
  }
}
