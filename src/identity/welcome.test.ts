import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startDatabase, type TestDatabase } from '../../test/support/database.ts';
import { type Inbox, startInbox } from '../../test/support/inbox.ts';
import { startProxy } from '../../test/support/proxy.ts';
import { createMailer, type Mailer } from '../mail/index.ts';
import type { Mail } from '../mail/mailer.ts';
import { userModel } from './user-model.ts';
import { createUserStore, type UserStore } from './user-store.ts';
import { createWelcome, type Welcome } from './welcome.ts';

const MINUTE = 60_000;
let database: TestDatabase;
let inbox: Inbox;
let mailer: Mailer;
let store: UserStore;
let welcome: Welcome;
let clock: number;
beforeAll(async () => {
  database = await startDatabase((connection) => void userModel(connection));
});
afterAll(() => database?.stop());
beforeEach(async () => {
  clock = Date.parse('2026-01-01T12:00:00Z');
  inbox = await startInbox();
  const mail = { smtpUrl: inbox.smtpUrl, resendApiKey: undefined, from: 'Shop <shop@shop.example>' };
  mailer = createMailer({ env: { mail }, log: pino({ level: 'silent' }) });
  const users = userModel(database.connection);
  await users.deleteMany({});
  store = createUserStore({ users, onChange() {}, now: () => clock });
  welcome = createWelcome({ users, mailer, now: () => clock });
});
afterEach(async () => {
  mailer.close();
  await inbox.stop();
});

const heard = (clerkId: string, changes: object = {}, isWelcome = true) =>
  store.apply({
    kind: 'profile',
    clerkId,
    profile: {
      email: `${clerkId}@shop.example`,
      emailVerified: true,
      name: 'Ada',
      imageUrl: null,
      role: 'user',
      status: 'active',
      createdAt: new Date(clock),
      updatedAt: new Date(clock),
      ...changes,
    },
    version: { updatedAt: clock, timestamp: clock, svixId: 'msg_1' },
    welcome: isWelcome,
  });
const sync = async (clerkId: string) => (await store.read(clerkId))?.sync;

describe('B9 the welcome e-mail', () => {
  test('is sent once, however often it is asked for', async () => {
    await heard('user_1');
    expect(await welcome.send('user_1')).toBe('sent');
    expect(await welcome.send('user_1')).toBe('notDue');
    await heard('user_1');
    expect(await welcome.send('user_1')).toBe('notDue');
    expect(inbox.mails).toHaveLength(1);
    expect(await sync('user_1')).toMatchObject({ welcomedAt: new Date(clock), welcomeDueAt: null });
  });

  test('asked for by ten processes at once, is sent by one', async () => {
    await heard('user_1');
    const results = await Promise.all(Array.from({ length: 10 }, () => welcome.send('user_1')));
    expect(results.filter((result) => result === 'sent')).toHaveLength(1);
    expect(inbox.mails).toHaveLength(1);
  });

  test('fails with the mail server, stays due, and is sent by the next attempt', async () => {
    await heard('user_1');
    inbox.refuseNext(1);
    await expect(welcome.send('user_1')).rejects.toThrow('451');
    expect(await sync('user_1')).toMatchObject({ welcomedAt: null, welcomeLeaseUntil: null });
    expect(await welcome.send('user_1')).toBe('sent');
  });

  test('left behind by a process that died is sent by another one, when its time is over', async () => {
    await heard('user_1');
    const users = userModel(database.connection);
    await users.updateOne({ clerkId: 'user_1' }, { 'sync.welcomeLeaseUntil': new Date(clock + MINUTE) });
    expect(await welcome.send('user_1')).toBe('busy');
    clock += MINUTE;
    expect(await welcome.send('user_1')).toBe('sent');
  });

  test('sent while MongoDB goes away is noted when it is back, and not sent again', async () => {
    await heard('user_1');
    const { hostname, port } = new URL(database.uri);
    const proxy = await startProxy({ host: hostname, port: Number(port) });
    const users = userModel(await database.connect(`127.0.0.1:${proxy.port}`));
    const send = async (mail: Mail) => {
      const isSent = await mailer.send(mail);
      proxy.cut();
      return isSent;
    };
    const sending = createWelcome({ users, mailer: { ...mailer, send }, now: () => clock }).send('user_1');
    await expect.poll(() => proxy.refusals()).toBeGreaterThan(1);
    proxy.mend();
    expect(await sending).toBe('sent');
    expect(await sync('user_1')).toMatchObject({ welcomedAt: new Date(clock), welcomeLeaseUntil: null });
    clock += 60 * MINUTE;
    expect(await welcome.send('user_1')).toBe('notDue');
    expect(inbox.mails).toHaveLength(1);
    await users.db.close();
    await proxy.stop();
  });

  test('is under way for five users at most in one process: more would not be at sending, and would be sent twice where it dies', async () => {
    const people = Array.from({ length: 8 }, (_, index) => `user_${index}`);
    for (const clerkId of people) await heard(clerkId);
    const isTaken = Promise.withResolvers<void>();
    const send = async (mail: Mail) => {
      const isSent = await mailer.send(mail);
      await isTaken.promise;
      return isSent;
    };
    const users = userModel(database.connection);
    const slow = createWelcome({ users, mailer: { ...mailer, send }, now: () => clock });
    const sending = Promise.all(people.map((clerkId) => slow.send(clerkId)));
    await expect.poll(() => inbox.mails.length).toBe(5);
    expect(await users.countDocuments({ 'sync.welcomeLeaseUntil': { $ne: null } })).toBe(5);
    isTaken.resolve();
    expect(new Set(await sending)).toEqual(new Set(['sent']));
    expect(inbox.mails).toHaveLength(8);
  });

  test('is not due for a user who is only filled in, or deleted, or has no address', async () => {
    await heard('user_1', {}, false);
    expect(await welcome.send('user_1')).toBe('notDue');
    await heard('user_2', { email: null });
    expect(await welcome.send('user_2')).toBe('noAddress');
    await heard('user_3');
    const version = { updatedAt: clock, timestamp: clock, svixId: 'msg_2' };
    await store.apply({ kind: 'deleted', clerkId: 'user_3', version });
    expect(await welcome.send('user_3')).toBe('notDue');
    expect(await welcome.send('user_none')).toBe('notDue');
    expect(inbox.mails).toEqual([]);
  });

  test('that is overdue is reminded of, to one process at a time, every quarter of an hour', async () => {
    await heard('user_1');
    expect(await welcome.claimOverdue(10)).toEqual([]);
    clock += 2 * MINUTE;
    const claimed = await Promise.all([welcome.claimOverdue(10), welcome.claimOverdue(10)]);
    expect(claimed.flat()).toEqual(['user_1']);
    expect(await welcome.claimOverdue(10)).toEqual([]);
    clock += 15 * MINUTE;
    expect(await welcome.claimOverdue(10)).toEqual(['user_1']);
    expect(await welcome.send('user_1')).toBe('sent');
    clock += 60 * MINUTE;
    expect(await welcome.claimOverdue(10)).toEqual([]);
  });
});
