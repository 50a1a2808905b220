import { type ChildProcess, fork } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DEV, startRealServer } from '../test/real-server.ts';
import type { Contender } from './measure.ts';

/** The emulator as a program, keeping everything on disk. */
export async function startEmulator(dataDir = folder(), port = 0): Promise<Contender> {
  const main = join(import.meta.dirname, '../src/main.ts');
  const child = fork(main, ['--port', String(port), '--data-dir', dataDir], { stdio: 'ignore' });
  const { ready } = await new Promise<{ ready: { url: string } }>((resolve) =>
    child.once('message', resolve),
  );
  const again = Number(new URL(ready.url).port);
  return contender('emulator, on disk', ready.url, child, () => startEmulator(dataDir, again));
}

/** The real server with these flags. */
export async function startReal(
  program: string,
  name: string,
  flags: readonly string[],
  where: { cwd: string; ports?: number[] } = { cwd: folder() },
): Promise<Contender> {
  const { url, child, ports } = await startRealServer(program, [...DEV, ...flags], where);
  return contender(name, url, child, () => startReal(program, name, flags, { cwd: where.cwd, ports }));
}

function contender(
  name: string,
  url: string,
  child: ChildProcess,
  restart: () => Promise<Contender>,
): Contender {
  const kill = async () => {
    const exited = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await exited;
  };
  return { name, url, pid: child.pid!, kill, restart };
}

function folder(): string {
  return mkdtempSync(join(tmpdir(), 'inngest-bench-'));
}
