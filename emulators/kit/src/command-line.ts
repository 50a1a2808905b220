import { realpathSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type ParseArgsOptionsConfig, parseArgs } from 'node:util';
import { EmulatorError } from './errors.ts';

type Values<O extends ParseArgsOptionsConfig> = ReturnType<
  typeof parseArgs<{ options: O; strict: true; allowPositionals: false }>
>['values'];

export interface CommandLine<O extends ParseArgsOptionsConfig> {
  /** What `--help` prints. */
  help: string;
  options: O;
  /** Starts the emulator and answers what a parent process is told about it, and how to stop it. */
  start(values: Values<O>): Promise<{ lines: string[]; ready: object; stop(): Promise<void> }>;
}

/** Whether a module is the program that was started, and not one that was imported. */
export function isMain(moduleUrl: string): boolean {
  const started = process.argv[1];
  return started !== undefined && realpathSync(started) === fileURLToPath(moduleUrl);
}

/**
 * Runs an emulator as a program: reads the flags, starts it, prints where it is, stops it on SIGINT or SIGTERM. Where a
 * parent process holds an IPC channel, the parent is sent `{ ready }` instead, and the emulator ends with that channel.
 * A fault that the caller can mend is one line on stderr and exit code 1; a bad flag is exit code 2.
 */
export async function runCommandLine<O extends ParseArgsOptionsConfig>(line: CommandLine<O>): Promise<void> {
  const values = readFlags(line);
  try {
    const { lines, ready, stop } = await line.start(values);
    // What is printed ends up in a parent's log, and there are secrets in it.
    if (process.send) process.send({ ready });
    else process.stdout.write(`${lines.join('\n')}\n`);
    const end = once(() => void stop().then(() => process.exit(0)));
    process.on('SIGINT', end).on('SIGTERM', end);
    if (process.send) process.on('disconnect', end);
  } catch (error) {
    if (!(error instanceof EmulatorError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  }
}

function readFlags<O extends ParseArgsOptionsConfig>({ help, options }: CommandLine<O>): Values<O> {
  try {
    const all = { ...options, help: { type: 'boolean', short: 'h' } } as const;
    const { values } = parseArgs({ options: all, strict: true, allowPositionals: false });
    if ((values as { help?: boolean }).help) {
      process.stdout.write(`${help.trim()}\n`);
      process.exit(0);
    }
    return values as Values<O>;
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n\n${help.trim()}\n`);
    process.exit(2);
  }
}

function once(action: () => void): () => void {
  let done = false;
  return () => {
    if (done) return;
    done = true;
    action();
  };
}
