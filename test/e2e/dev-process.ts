import { type ChildProcess, execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { vi } from 'vitest';
import { type Local, readLocalJson } from '../../dev/local-json.ts';
import { launch, ROOT } from './process.ts';

/** On two busy cores a start may take this long, ms. */
const START_MS = 100_000;

export interface DevProcess {
  local: Local;
  /** From the call until local.json was there, ms. */
  startedInMs: number;
  process: ChildProcess;
  /** What it has printed so far. */
  output(): string;
  hasEnded(): boolean;
  /** Sends a signal and waits for the end; answers how it ended and how long that took, ms. */
  end(signal: NodeJS.Signals): Promise<{ code: number | null; ms: number }>;
}

/** A folder that is not there yet, for `--data`. Its name stands in the command line of every part. */
export function newDataFolder(): string {
  return join(mkdtempSync(join(tmpdir(), 'frontdesk-e2e-')), 'state');
}

/** Starts `npm run dev` on free ports and waits until everything is there. */
export async function startDev(
  data: string,
  { args = [], env = {} }: { args?: string[]; env?: Record<string, string> } = {},
): Promise<DevProcess> {
  const startedAt = performance.now();
  const { child, output } = launch(
    'dev/main.ts',
    ['--port', '0', '--data', data, ...args],
    env,
    dirname(data),
  );
  const local = await vi.waitFor(
    () => {
      const found = readLocalJson(data);
      if (found === undefined || !output().includes('is ready')) throw new Error(`not ready:\n${output()}`);
      return found;
    },
    { timeout: START_MS, interval: 20 },
  );
  return {
    local,
    startedInMs: performance.now() - startedAt,
    process: child,
    output,
    hasEnded: () => child.exitCode !== null || child.signalCode !== null,
    async end(signal) {
      const since = performance.now();
      const exited = once(child, 'exit');
      child.kill(signal);
      const [code] = (await exited) as [number | null];
      return { code, ms: performance.now() - since };
    },
  };
}

/** The processes whose command line names a data folder, by the program they run. */
export function processesOn(data: string): { pid: number; program: string }[] {
  return execFileSync('ps', ['-A', '-ww', '-o', 'pid=,args='], { encoding: 'utf8' })
    .split('\n')
    .filter((line) => line.includes(data))
    .map((line) => {
      const [, pid, program = ''] = /^\s*(\d+) \S+ (\S+)/.exec(line) ?? [];
      return { pid: Number(pid), program: program.replace(ROOT, '') };
    });
}
