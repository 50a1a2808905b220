import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Target } from './target.ts';

const SHARED = process.env.FRONTDESK_SHARED ?? resolve(import.meta.dirname, '../../../../shared');

/** The real server's program, which is not part of the project; undefined where it is absent. */
export function realServer(): string | undefined {
  const path = join(SHARED, 'servers/inngest');
  return existsSync(path) ? path : undefined;
}

/** Starts the real server, with retries after a second instead of its own back-off. */
export async function startRealServer(
  program: string,
  args: readonly string[] = ['dev', '--no-discovery', '--no-poll'],
): Promise<Target & { child: ChildProcess }> {
  const [port = 0, ...connect] = await freePorts(4);
  const ports = ['--connect-gateway-port', '--connect-gateway-grpc-port', '--connect-executor-grpc-port'];
  const child = spawn(
    program,
    [
      ...args,
      '-p',
      String(port),
      '--retry-interval',
      '1',
      ...ports.flatMap((flag, i) => [flag, String(connect[i])]),
    ],
    { stdio: 'ignore' },
  );
  const url = `http://127.0.0.1:${port}`;
  const give = Date.now() + 30_000;
  while (
    !(await fetch(`${url}/health`).then(
      ({ ok }) => ok,
      () => false,
    ))
  ) {
    if (Date.now() > give || child.exitCode !== null) throw new Error(`${program} did not start`);
    await sleep(100);
  }
  return {
    name: 'real server',
    url,
    child,
    pass: () => sleep(200),
    async stop() {
      const exited = new Promise((done) => child.once('exit', done));
      child.kill('SIGKILL');
      await exited;
    },
  };
}

export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from(
      { length: count },
      () =>
        new Promise<ReturnType<typeof createServer>>((done) => {
          const server = createServer().listen(0, '127.0.0.1', () => done(server));
        }),
    ),
  );
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((done) => server.close(done))));
  return ports;
}
