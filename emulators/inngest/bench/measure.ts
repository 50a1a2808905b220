import { type ChildProcess, fork } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A running server and how to start it again on the same data. */
export interface Contender {
  name: string;
  url: string;
  pid: number;
  kill(): Promise<void>;
  restart(): Promise<Contender>;
}

/** The CPU time that a process has used, in ms (Linux: /proc/<pid>/stat, 100 ticks a second). */
function cpuMs(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

function memoryMb(pid: number): number {
  return Math.round(Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024);
}

export interface BenchApp {
  pid: number;
  /** When each run ended, by the event's number. */
  done: Map<number, number>;
  stop(): void;
}

/** Starts the app in a process of its own and registers it. */
export async function startBenchApp(url: string): Promise<BenchApp> {
  const child: ChildProcess = fork(join(import.meta.dirname, 'app.ts'), {
    env: { ...process.env, INNGEST_URL: url },
  });
  const done = new Map<number, number>();
  const port = await new Promise<number>((resolve) =>
    child.on('message', (message: { port?: number; done?: number; at?: number }) => {
      if (message.port !== undefined) resolve(message.port);
      if (message.done !== undefined && !done.has(message.done))
        done.set(message.done, message.at ?? Date.now());
    }),
  );
  const registered = await fetch(`http://127.0.0.1:${port}/api/inngest`, { method: 'PUT' });
  if (!registered.ok) throw new Error(`registering failed: ${await registered.text()}`);
  return { pid: child.pid!, done, stop: () => void child.kill() };
}

const filler = 'x'.repeat(1_200);

/** Sends events of 1.4 kB numbered from `from`, so many at once; resolves when all are acknowledged. */
export async function send(url: string, from: number, count: number, senders: number): Promise<void> {
  let next = from;
  const one = async () => {
    while (next < from + count) {
      const n = next++;
      const body = JSON.stringify({ name: 'bench', data: { n, filler }, ts: Date.now() });
      const response = await fetch(`${url}/e/bench`, { method: 'POST', body });
      await response.text();
      if (!response.ok) throw new Error(`event refused: ${response.status}`);
    }
  };
  await Promise.all(Array.from({ length: senders }, one));
}

export async function waitFor(condition: () => boolean, seconds: number): Promise<boolean> {
  for (const end = Date.now() + seconds * 1000; Date.now() < end; ) {
    if (condition()) return true;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return condition();
}

const quantile = (values: number[], q: number) =>
  [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * q))] ?? 0;

/** The time from sending a single event to the end of its function, in ms, with nothing else to do. */
export async function quietLatency(server: Contender, app: BenchApp, count: number) {
  const times: number[] = [];
  for (let n = 0; n < count; n++) {
    const start = Date.now();
    await send(server.url, n, 1, 1);
    if (!(await waitFor(() => app.done.has(n), 20))) throw new Error(`event ${n} did not end`);
    times.push(app.done.get(n)! - start);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return { median: quantile(times, 0.5), p99: quantile(times, 0.99) };
}

/** Many events at once: how many are done a second, and what CPU time each costs the server and the app. */
export async function burst(server: Contender, app: BenchApp, from: number, count: number) {
  const before = { server: cpuMs(server.pid), app: cpuMs(app.pid) };
  const start = performance.now();
  await send(server.url, from, count, 20);
  const accepted = performance.now() - start;
  const isDone = () => app.done.has(from + count - 1) && app.done.size >= from + count;
  if (!(await waitFor(isDone, 300))) throw new Error(`${app.done.size} of ${from + count} ended`);
  const whole = performance.now() - start;
  return {
    accepted: Math.round((count / accepted) * 1000),
    done: Math.round((count / whole) * 1000),
    serverCpu: (cpuMs(server.pid) - before.server) / count,
    appCpu: (cpuMs(app.pid) - before.app) / count,
    memory: memoryMb(server.pid),
  };
}

/** Kills the server when all events are acknowledged, starts it again, and counts those that end. */
export async function lossAfterKill(
  server: Contender,
  count: number,
): Promise<{ done: number; server: Contender }> {
  const app = await startBenchApp(server.url);
  await send(server.url, 0, count, 20);
  await server.kill();
  const again = await server.restart();
  await waitFor(() => app.done.size >= count, 30);
  app.stop();
  return { done: app.done.size, server: again };
}
