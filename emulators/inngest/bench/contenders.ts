import { type ChildProcess, fork, spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePorts } from '../test/real-server.ts';
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
  where = { cwd: folder(), ports: [] as number[] },
): Promise<Contender> {
  const ports = where.ports.length > 0 ? where.ports : await freePorts(4);
  const [port, gateway, grpc, executor] = ports.map(String) as [string, string, string, string];
  const child = spawn(
    program,
    [
      ...['dev', '--no-discovery', '--no-poll', '-p', port, '--connect-gateway-port', gateway],
      ...['--connect-gateway-grpc-port', grpc, '--connect-executor-grpc-port', executor, ...flags],
    ],
    { cwd: where.cwd, stdio: 'ignore' },
  );
  const url = `http://127.0.0.1:${port}`;
  const isUp = () =>
    fetch(`${url}/health`).then(
      ({ ok }) => ok,
      () => false,
    );
  while (!(await isUp())) await new Promise((resolve) => setTimeout(resolve, 100));
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
