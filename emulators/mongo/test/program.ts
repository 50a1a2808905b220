import { fork } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url));

export interface Program {
  uri: string;
  /** Its process id. */
  pid: number;
  kill(signal: NodeJS.Signals): void;
  /** Ends the program as its parent would, by closing the channel. */
  disconnect(): void;
  /** Its exit code, or the signal that ended it. */
  ended: Promise<number | NodeJS.Signals>;
}

/** Starts the emulator as a program of its own; fails with what it says on stderr where it does not start. */
export async function startProgram(args: string[]): Promise<Program> {
  const child = fork(MAIN, args, { stdio: ['ignore', 'ignore', 'pipe', 'ipc'], execArgv: [] });
  let complaint = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    complaint += chunk.toString();
  });
  const said = once(child.stderr as Readable, 'end');
  const ended = once(child, 'exit').then(async (result) => {
    const [code, signal] = result as [number | null, NodeJS.Signals | null];
    await said;
    return code ?? signal ?? 0;
  });
  const ready = new Promise<string>((resolve) => {
    child.once('message', (message: { ready: { uri: string } }) => resolve(message.ready.uri));
  });
  const uri = await Promise.race([
    ready,
    ended.then((code) => Promise.reject(new Error(`exit ${code}: ${complaint}`))),
  ]);
  return {
    uri,
    pid: child.pid ?? 0,
    kill: (signal) => void child.kill(signal),
    disconnect: () => child.disconnect(),
    ended,
  };
}
