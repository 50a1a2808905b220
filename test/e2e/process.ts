import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));

export interface Finished {
  code: number | null;
  stdout: string;
  stderr: string;
}

/**
 * Starts one of the project's programs, in a folder without a .env, and without what this machine's environment says
 * about services.
 */
export function launch(program: string, args: string[], env: Record<string, string> = {}, cwd = tmpdir()) {
  const child = spawn(process.execPath, [join(ROOT, program), ...args], {
    cwd,
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  return { child, stdout: () => stdout, stderr: () => stderr, output: () => stdout + stderr };
}

/** Runs one of the project's programs to its end. */
export async function run(program: string, args: string[], env?: Record<string, string>): Promise<Finished> {
  const { child, stdout, stderr } = launch(program, args, env);
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, stdout: stdout(), stderr: stderr() };
}
