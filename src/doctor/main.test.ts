import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { signUp } from '../../test/support/people.ts';
import { type Stack, startStack } from '../../test/support/stack.ts';
import type { Check } from './finding.ts';

// Each run is a process of its own, and a busy machine takes its time.
vi.setConfig({ testTimeout: 60_000 });

const program = fileURLToPath(new URL('main.ts', import.meta.url));

let stack: Stack;
let folder: string;
beforeAll(async () => {
  stack = await startStack();
  folder = mkdtempSync(join(tmpdir(), 'doctor-'));
  const { clerk } = stack;
  writeFileSync(
    join(folder, 'local.json'),
    JSON.stringify({
      api: stack.api,
      clerk: {
        apiUrl: clerk.apiUrl,
        secretKey: clerk.secretKey,
        publishableKey: clerk.publishableKey,
        jwtKey: clerk.jwtKey,
        webhookSecret: clerk.webhookSecret,
      },
      mongodb: stack.mongodbUri,
      inngest: stack.inngest.url,
      mail: { smtp: stack.inbox.smtpUrl, web: 'http://127.0.0.1:1' },
    }),
  );
});
afterAll(async () => {
  await stack?.stop();
  rmSync(folder, { recursive: true, force: true });
});

interface Run {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** Runs the doctor as a program, in a folder without a .env file, and hands it `input` through a pipe. */
function doctor(
  args: string[],
  { environment = {}, input = '' }: { environment?: object; input?: string } = {},
) {
  return new Promise<Run>((resolve) => {
    const child = spawn(process.execPath, [program, ...args], { cwd: folder, env: { ...environment } });
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (chunk) => (stdout += chunk));
    child.stderr.on('data', (chunk) => (stderr += chunk));
    child.on('close', (code) => resolve({ code, stdout, stderr }));
    child.stdin.end(input);
  });
}

const reportOf = ({ stdout }: Run) => JSON.parse(stdout) as { ok: boolean; checks: Check[] };

test('--help says what it does, and a wrong flag says what is wrong, with exit code 2', async () => {
  const [help, ...wrong] = await Promise.all([
    doctor(['--help']),
    doctor(['--jsn']),
    doctor(['--user', 'somebody@shop.example']),
    doctor(['token']),
  ]);
  expect(help).toMatchObject({ code: 0, stderr: '' });
  for (const flag of ['--token', '--user', '--api', '--data', '--json', '--help']) {
    expect(help?.stdout).toContain(flag);
  }
  for (const run of wrong) {
    expect(run).toMatchObject({ code: 2, stdout: '' });
    expect(run.stderr).toMatch(/^.+\n\nnpm run doctor/);
  }
});

test('--json is for machines, and the exit code says whether something is wrong', async () => {
  const { environment } = stack;
  const [well, ill] = await Promise.all([
    doctor(['--json', '--api', stack.api], { environment }),
    doctor(['--json', '--api', stack.api], { environment: { ...environment, CLERK_SECRET_KEY: 'nonsense' } }),
  ]);
  expect(well.code).toBe(0);
  expect(reportOf(well).ok).toBe(true);
  expect(Object.keys(reportOf(well).checks[0]!)).toEqual(['name', 'ok', 'message', 'cure']);
  expect(ill.code).toBe(1);
  expect(reportOf(ill)).toMatchObject({ ok: false, checks: [{ name: 'environment', ok: false }] });
});

test('with nothing set up it looks at what npm run dev says, and says so; without colours in a pipe', async () => {
  const { clerkId, token } = await signUp(stack);
  await stack.clerk.idle();
  await stack.inngest.idle();
  const run = await doctor(['--data', '.'], { input: `Bearer ${await token()}\n` });
  expect(run.stderr).toBe('');
  expect(run.stdout).toMatch(/^Nothing is set up .+ looking at the `npm run dev` in \./);
  expect(run.stdout).toContain(`a session token of ${clerkId}`);
  expect(run.stdout).toMatch(/✓ token\.exp +valid for another \d+ s\n/);
  expect(run.stdout).toMatch(/✓ user +user_\w+ is the same in Clerk and in MongoDB/);
  expect(run.stdout).not.toContain('\u001b[');
  expect(run.stdout).not.toMatch(/sk_test|whsec|eyJ/);
  expect(run).toMatchObject({ code: 0 });
});

test('with nothing set up and nothing running it says what to set', async () => {
  const run = await doctor(['--data', 'nowhere']);
  expect(run.code).toBe(1);
  expect(run.stdout).toMatch(/✗ environment +CLERK_PUBLISHABLE_KEY is not set: .+\n/);
  expect(run.stdout).toContain('→ Mend these');
});
