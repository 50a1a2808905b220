import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Target } from './target.ts';

const SHARED = process.env.FRONTDESK_SHARED ?? resolve(import.meta.dirname, '../../../../shared');

/** The real server's program, which is not part of the project; undefined where it is absent. */
export function realServer(): string | undefined {
  const path = join(SHARED, 'servers/inngest');
  return existsSync(path) ? path : undefined;
}

export interface RealServer {
  url: string;
  child: ChildProcess;
  ports: number[];
  /** Ends it at once, as kill -9 does. */
  stop(): Promise<void>;
}

/**
 * Starts the real server on ports of its own (all of them: two servers would otherwise collide) and waits until it is up.
 *
 * @param args the command, `dev` or `start`, and its flags
 */
export async function startRealServer(
  program: string,
  args: readonly string[],
  where: { cwd?: string; ports?: number[] } = {},
): Promise<RealServer> {
  const ports = where.ports ?? (await freePorts(4));
  const names = [
    '-p',
    '--connect-gateway-port',
    '--connect-gateway-grpc-port',
    '--connect-executor-grpc-port',
  ];
  const portFlags = names.flatMap((name, i) => [name, String(ports[i])]);
  const child = spawn(program, [...args, ...portFlags], { cwd: where.cwd, stdio: 'ignore' });
  const url = `http://127.0.0.1:${ports[0]}`;
  const isUp = () =>
    fetch(`${url}/health`).then(
      ({ ok }) => ok,
      () => false,
    );
  for (const give = Date.now() + 60_000; !(await isUp()); await sleep(100)) {
    if (Date.now() > give || child.exitCode !== null) throw new Error(`${program} did not start`);
  }
  const stop = async () => {
    const exited = new Promise((done) => child.once('exit', done));
    child.kill('SIGKILL');
    await exited;
  };
  return { url, child, ports, stop };
}

/** The dev server: it is told about apps, and does not look for them. */
export const DEV = ['dev', '--no-discovery', '--no-poll'];

/** The real server to run the tests of the protocol against, with retries after a second instead of its own back-off. */
export async function realTarget(program: string): Promise<Target> {
  const { url, stop } = await startRealServer(program, [...DEV, '--retry-interval', '1']);
  return { name: 'real server', url, pass: () => sleep(200), stop };
}

/** Ports that were free a moment ago. */
export async function freePorts(count: number): Promise<number[]> {
  const open = () =>
    new Promise<Server>((done) => {
      const server = createServer().listen(0, '127.0.0.1', () => done(server));
    });
  const servers = await Promise.all(Array.from({ length: count }, open));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((done) => server.close(done))));
  return ports;
}
