import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { startMongoEmulator } from '@frontdesk/mongo-emulator';
import mongoose from 'mongoose';
import { expect, test } from 'vitest';
import { clerkInstance } from '../test/support/clerk-instance.ts';
import { environmentOf } from '../test/support/guarded-app.ts';

const program = fileURLToPath(new URL('migrate.ts', import.meta.url));

function migrate(args: string[], env: NodeJS.ProcessEnv = {}) {
  return new Promise<{ code: number | null; stdout: string; stderr: string }>((resolve) => {
    const child = spawn(process.execPath, [program, ...args], { env });
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (chunk) => (stdout += chunk));
    child.stderr.on('data', (chunk) => (stderr += chunk));
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
}

test('makes the indexes, and refuses a wrong flag with what it does', { timeout: 60_000 }, async () => {
  const mongo = await startMongoEmulator();
  const env = { ...environmentOf(clerkInstance()), MONGODB_URI: mongo.uri };
  const [done, wrong] = await Promise.all([migrate([], env), migrate(['--force'], env)]);
  const connection = await mongoose.createConnection(mongo.uri).asPromise();
  const indexes = await connection.collection('users').indexes();
  await connection.close();
  await mongo.stop();

  expect(done).toEqual({ code: 0, stdout: 'All indexes are there.\n', stderr: '' });
  expect(indexes).toContainEqual(expect.objectContaining({ key: { clerkId: 1 }, unique: true }));
  expect(wrong).toMatchObject({ code: 2, stdout: '' });
  expect(wrong.stderr).toMatch(/^Unknown option '--force'\n\nnpm run migrate\n/);
});
