import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openStorage } from './storage.ts';

const migrations = ['CREATE TABLE notes (text TEXT)'];
let dataDir: string;
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'storage-'));
});
afterEach(() => {
  chmodSync(dataDir, 0o700);
  rmSync(dataDir, { recursive: true });
});

/** Runs a script in a process of its own, in which `storage` is open. */
const inChild = (script: string) =>
  spawnSync(
    process.execPath,
    [
      '--input-type=module',
      '-e',
      `import { openStorage } from ${JSON.stringify(new URL('storage.ts', import.meta.url).href)};
       const storage = openStorage(${JSON.stringify({ dataDir, name: 'notes', migrations })});
       ${script}`,
    ],
    { encoding: 'utf8' },
  );

test('a write survives kill -9 and the lock goes with the process', () => {
  const killed = inChild(
    `storage.db.exec("INSERT INTO notes VALUES ('kept')"); process.kill(process.pid, 'SIGKILL');`,
  );
  expect(killed.signal).toBe('SIGKILL');
  const storage = openStorage({ dataDir, name: 'notes', migrations });
  expect(storage.db.prepare('SELECT text FROM notes').all()).toEqual([{ text: 'kept' }]);
  storage.close();
});

test('a second process on the same file is refused with the cure', () => {
  const storage = openStorage({ dataDir, name: 'notes', migrations });
  const second = inChild('');
  expect(second.stderr).toMatch(/is in use by another process/);
  storage.close();
});

test('a transaction that fails leaves nothing behind', () => {
  const storage = openStorage({ name: 'notes', migrations });
  const failing = () =>
    storage.transaction(() => {
      storage.db.exec("INSERT INTO notes VALUES ('half')");
      throw new Error('no');
    });
  expect(failing).toThrow('no');
  expect(storage.db.prepare('SELECT count(*) AS n FROM notes').get()).toEqual({ n: 0 });
  storage.close();
});

test('a broken file, a newer file and a folder that cannot be made are refused by name', () => {
  writeFileSync(join(dataDir, 'broken.sqlite'), 'this is no database'.repeat(100));
  expect(() => openStorage({ dataDir, name: 'broken', migrations })).toThrow(/not a readable SQLite file/);

  const newer = openStorage({ dataDir, name: 'newer', migrations });
  newer.db.exec('PRAGMA user_version = 9');
  newer.close();
  expect(() => openStorage({ dataDir, name: 'newer', migrations })).toThrow(/written by a newer version/);

  const folder = join(dataDir, 'broken.sqlite', 'below');
  expect(() => openStorage({ dataDir: folder, name: 'x', migrations })).toThrow(/cannot write to/);
});
