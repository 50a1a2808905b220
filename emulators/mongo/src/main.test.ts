import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import mongoose from 'mongoose';
import { expect, test } from 'vitest';
import { startProgram } from '../test/program.ts';
import { connect } from '../test/server.ts';
import { startMongoEmulator } from './index.ts';

const run = (...args: string[]) =>
  spawnSync(process.execPath, [fileURLToPath(new URL('main.ts', import.meta.url)), ...args], {
    encoding: 'utf8',
  });

test('--help tells every flag, and a wrong flag is exit code 2', () => {
  expect(run('--help')).toMatchObject({
    status: 0,
    stdout: expect.stringMatching(/--port[\s\S]*--socket[\s\S]*--data-dir/),
  });
  expect(run('--prot', '1')).toMatchObject({ status: 2, stderr: expect.stringContaining("'--prot'") });
  expect(run('--port', 'abc')).toMatchObject({ status: 1, stderr: expect.stringContaining('port') });
});

test('a forked program tells its parent where it is, and ends with it', async () => {
  const program = await startProgram(['--port', '0']);
  const client = await connect(program.uri);
  expect(await client.db().command({ ping: 1 })).toMatchObject({ ok: 1 });
  await client.close();
  program.disconnect();
  expect(await program.ended).toBe(0);
});

test('it listens on a unix socket, takes over one that was left behind, and refuses one in use', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'mongo-socket-'));
  const socketPath = join(folder, 'mongo.sock');
  const killed = await startProgram(['--socket', socketPath]);
  killed.kill('SIGKILL');
  await killed.ended;
  const mongo = await startMongoEmulator({ socketPath });
  const client = await connect(mongo.uri);
  await client.db('s').collection('c').insertOne({ a: 1 });
  expect(await client.db('s').collection('c').countDocuments()).toBe(1);
  await expect(startMongoEmulator({ socketPath })).rejects.toMatchObject({ code: 'socket_in_use' });
  await client.close();
  await mongo.stop();
  rmSync(folder, { recursive: true });
});

test('a port that is taken is refused with the cure', async () => {
  const mongo = await startMongoEmulator();
  const port = Number(new URL(mongo.uri).port);
  await expect(startMongoEmulator({ port })).rejects.toMatchObject({ code: 'port_in_use' });
  await mongo.stop();
});

test('Mongoose connects, makes its indexes, and saves', async () => {
  const mongo = await startMongoEmulator();
  const connection = await mongoose.createConnection(mongo.uri, { dbName: 'shop' }).asPromise();
  const User = connection.model(
    'User',
    new mongoose.Schema({ clerkId: { type: String, unique: true }, tags: [String] }, { timestamps: true }),
  );
  await User.init();
  const saved = await User.create({ clerkId: 'user_1', tags: ['a'] });
  saved.tags.push('b');
  await saved.save();
  expect(await User.findOne({ clerkId: 'user_1' }).lean()).toMatchObject({ tags: ['a', 'b'] });
  await expect(User.create({ clerkId: 'user_1' })).rejects.toMatchObject({ code: 11000 });
  await connection.close();
  await mongo.stop();
});
