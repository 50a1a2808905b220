import { type ChildProcess, fork, type Serializable } from 'node:child_process';
import { createInterface } from 'node:readline';
import { EmulatorError } from '@frontdesk/emulator-kit';
import { z } from 'zod';

export interface PartOptions<Ready> {
  /** What it is called when something is said about it. */
  name: string;
  /** The program: it sends `{ ready }` over IPC once it can be used, and ends when that channel closes. */
  program: URL;
  args?: readonly string[];
  /** Sent to it each time it starts, as soon as it is known. */
  message?: Promise<Serializable>;
  /** What `ready` holds. */
  ready: z.ZodType<Ready>;
  /** Called for each line that it writes. */
  onLine(line: string): void;
  /** Called when something happens to it that a person should know. */
  onNotice(notice: string): void;
  /** Called when it is ready again after it had ended. */
  onReadyAgain?(): void;
  /** How long it is waited at most before it is started again, ms. */
  longestDelayMs?: number;
}

export interface Part<Ready> {
  /** What it said when it was first ready; rejects where it ended before that. */
  ready: Promise<Ready>;
  /** Ends it and starts it again, at once. */
  restart(): void;
  /** Ends it as a crash would, at any point of what it does. Returns false where it does not run now. */
  kill(): boolean;
  /** Sends it a message, if it runs now. */
  send(message: Serializable): void;
  /** Ends it for good: politely, and after `GRACE_MS` at any rate. */
  stop(): Promise<void>;
}

/** How long a part may take to end, ms; two of them one after the other stay below 5 s. */
const GRACE_MS = 2000;
const FIRST_DELAY_MS = 200;
const LONGEST_DELAY_MS = 10_000;
/** Who ran this long has recovered: the next start is quick again. */
const RECOVERED_MS = 10_000;

/** Starts a program as a child process and keeps it running: when it ends by itself, it is started again, with back-off. */
export function startPart<Ready>(options: PartOptions<Ready>): Part<Ready> {
  const { name, onLine, onNotice, longestDelayMs = LONGEST_DELAY_MS } = options;
  const message = z.object({ ready: options.ready });
  const first = Promise.withResolvers<Ready>();
  const ended = Promise.withResolvers<void>();
  let state: 'running' | 'restarting' | 'stopping' = 'running';
  let wasReady = false;
  let delay = FIRST_DELAY_MS;
  let waiting: NodeJS.Timeout | undefined;
  let child: ChildProcess | undefined;

  function launch(): void {
    waiting = undefined;
    state = 'running';
    const startedAt = Date.now();
    const process_ = spawnProgram(options);
    child = process_;
    for (const output of [process_.stdout!, process_.stderr!]) createInterface(output).on('line', onLine);
    // Who has ended by then need not be told; where the message never comes, somebody else says why.
    options.message?.then((sent) => process_.connected && process_.send(sent)).catch(() => {});
    process_.on('message', (sent) => {
      const parsed = message.safeParse(sent);
      if (!parsed.success) {
        onNotice(`${name} says what is not understood: ${z.prettifyError(parsed.error)}`);
        return;
      }
      if (wasReady) options.onReadyAgain?.();
      wasReady = true;
      first.resolve(parsed.data.ready);
    });
    // Not 'exit': by now all that it wrote has been read.
    process_.once('close', (code, signal) => {
      child = undefined;
      if (Date.now() - startedAt > RECOVERED_MS) delay = FIRST_DELAY_MS;
      next(signal ?? `exit code ${code}`);
    });
  }

  function next(how: string): void {
    if (state === 'stopping') {
      ended.resolve();
    } else if (state === 'restarting') {
      launch();
    } else if (wasReady) {
      onNotice(`${name} has ended (${how}): starting it again in ${delay / 1000} s`);
      waiting = setTimeout(launch, delay);
      delay = Math.min(delay * 2, longestDelayMs);
    } else {
      state = 'stopping';
      ended.resolve();
      first.reject(new EmulatorError('part_failed', `${name} did not start (${how}): it says why above`));
    }
  }

  launch();
  return {
    ready: first.promise,
    restart() {
      if (state !== 'running') return;
      if (waiting) {
        clearTimeout(waiting);
        launch();
      } else if (child) {
        state = 'restarting';
        end(child);
      }
    },
    kill: () => child?.kill('SIGKILL') ?? false,
    send(message) {
      if (child?.connected) child.send(message);
    },
    stop() {
      if (state === 'stopping') return ended.promise;
      state = 'stopping';
      clearTimeout(waiting);
      if (child) end(child);
      else ended.resolve();
      return ended.promise;
    },
  };
}

/** In a process group of its own: Ctrl-C reaches the parent alone, which ends the parts in order. */
function spawnProgram({ program, args = [] }: PartOptions<unknown>): ChildProcess {
  return fork(program, args, {
    detached: true,
    execArgv: [],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
}

function end(child: ChildProcess): void {
  const timer = setTimeout(() => child.kill('SIGKILL'), GRACE_MS);
  child.once('exit', () => clearTimeout(timer)).kill('SIGTERM');
}
