import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startDatabase, type TestDatabase } from '../../test/support/database.ts';
import { createLedger, type Ledger, type ReceivedEvent } from './ledger.ts';
import { ledgerModel } from './ledger-model.ts';

const HOUR = 60 * 60_000;
let database: TestDatabase;
let ledger: Ledger;
let clock: number;
beforeAll(async () => {
  database = await startDatabase((connection) => void ledgerModel(connection));
});
afterAll(() => database?.stop());
beforeEach(async () => {
  clock = Date.parse('2026-01-01T12:00:00Z');
  await ledgerModel(database.connection).deleteMany({});
  ledger = createLedger({ events: ledgerModel(database.connection), now: () => clock });
});

const event = (svixId: string, changes: Partial<ReceivedEvent> = {}): ReceivedEvent => ({
  svixId,
  type: 'user.created',
  clerkId: 'user_1',
  timestamp: 5,
  payload: { id: 'user_1', email_addresses: [{ email_address: 'ada@shop.example' }] },
  ...changes,
});
const row = (id: string) => ledgerModel(database.connection).findById(id).lean();
const dueIds = async () => (await ledger.claimDue(100)).map(({ _id }) => _id).sort();

describe('the ledger', () => {
  test('B3 an event that is delivered again is one row, and its delivery is counted', async () => {
    await ledger.receive([event('msg_1'), event('msg_2')]);
    await ledger.receive([event('msg_1')]);
    expect(await row('msg_1')).toMatchObject({ status: 'received', deliveries: 2, clerkId: 'user_1' });
    expect(await row('msg_2')).toMatchObject({ deliveries: 1 });
  });

  test.each(['applied', 'stale', 'duplicate'] as const)(
    '%s: nothing personal stays, and it is not sent again',
    async (outcome) => {
      await ledger.receive([event('msg_1')]);
      await ledger.settle(event('msg_1'), outcome);
      clock += HOUR;
      expect(await row('msg_1')).toMatchObject({ status: outcome, payload: null, resendAt: null });
      expect(await dueIds()).toEqual([]);
    },
  );

  test('B3 how an event ended the first time stays, also when it comes again much later', async () => {
    await ledger.receive([event('msg_1')]);
    await ledger.settle(event('msg_1'), 'applied');
    await ledger.receive([event('msg_1')]);
    await ledger.settle(event('msg_1'), 'duplicate');
    await ledger.fail(event('msg_1'), 'late');
    expect(await row('msg_1')).toMatchObject({
      status: 'applied',
      payload: null,
      cause: null,
      deliveries: 2,
    });
  });

  test('an event that the webhook could not note is noted when it is handled', async () => {
    await ledger.settle(event('msg_1'), 'applied');
    await ledger.receive([event('msg_1')]);
    expect(await row('msg_1')).toMatchObject({ status: 'applied', payload: null, deliveries: 1 });
  });

  test('an event of a type that nobody handles is not kept and not sent again', async () => {
    await ledger.receive([event('msg_1', { type: 'organization.created', payload: undefined })]);
    clock += HOUR;
    expect(await row('msg_1')).toMatchObject({ status: 'forwarded', payload: null });
    expect(await dueIds()).toEqual([]);
  });

  test('what is not handled is due after half a minute, then at growing intervals, to one process each time', async () => {
    await ledger.receive([event('msg_1'), event('msg_2')]);
    expect(await dueIds()).toEqual([]);
    clock += 31_000;
    const other = createLedger({ events: ledgerModel(await database.connect()), now: () => clock });
    const claimed = await Promise.all([ledger.claimDue(100), other.claimDue(100)]);
    expect(
      claimed
        .flat()
        .map(({ _id }) => _id)
        .sort(),
    ).toEqual(['msg_1', 'msg_2']);
    clock += 31_000;
    expect(await dueIds()).toEqual([]);
    clock += 31_000;
    expect(await ledger.claimDue(1)).toMatchObject([{ resends: 2, payload: { id: 'user_1' } }]);
  });

  test('what was taken and could not be sent is given back', async () => {
    await ledger.receive([event('msg_1')]);
    clock += 31_000;
    await ledger.release(await ledger.claimDue(10));
    expect(await ledger.claimDue(10)).toMatchObject([{ _id: 'msg_1', resends: 1 }]);
  });

  test('what was sent again for hours and never handled becomes a dead letter', async () => {
    await ledger.receive([event('msg_1')]);
    for (let resend = 0; resend < 25; resend++) {
      clock += HOUR;
      await ledger.claimDue(10);
    }
    expect(await row('msg_1')).toMatchObject({
      status: 'failed',
      cause: expect.stringContaining('never handled'),
    });
  });

  test('and has all its attempts again when it is replayed', async () => {
    await ledger.receive([event('msg_1')]);
    for (let resend = 0; resend < 25; resend++) {
      clock += HOUR;
      await ledger.claimDue(10);
    }
    await ledger.replay({ id: 'msg_1' });
    expect(await dueIds()).toEqual(['msg_1']);
    expect(await row('msg_1')).toMatchObject({ status: 'received', resends: 1 });
  });

  test('a dead letter has its cause, without e-mail addresses and secrets, and what a replay needs', async () => {
    await ledger.receive([event('msg_1')]);
    await ledger.fail(event('msg_1'), 'refused ada@shop.example with sk_test_abc');
    expect(await row('msg_1')).toMatchObject({
      status: 'failed',
      cause: 'refused [email] with [secret]',
      payload: { id: 'user_1' },
    });
  });

  test('dead letters are replayed one by one, or by type or user; what is handled never is', async () => {
    for (const [id, type, clerkId] of [
      ['msg_1', 'user.created', 'user_1'],
      ['msg_2', 'user.updated', 'user_1'],
      ['msg_3', 'user.updated', 'user_2'],
    ] as const) {
      await ledger.fail(event(id, { type, clerkId }), 'broken');
    }
    await ledger.settle(event('msg_4'), 'applied');
    expect(await ledger.replay({ id: 'msg_1' })).toBe(1);
    expect(await dueIds()).toEqual(['msg_1']);
    expect(await ledger.replay({ status: 'failed', type: 'user.updated', clerkId: 'user_2' })).toBe(1);
    expect(await dueIds()).toEqual(['msg_3']);
    expect(await ledger.replay({ status: 'failed' })).toBe(1);
    expect(await ledger.replay({ id: 'msg_4' })).toBe(0);
    expect(await ledger.replay({ id: 'msg_none' })).toBe(0);
  });

  test('a replayed dead letter that is handled is one no more', async () => {
    await ledger.fail(event('msg_1'), 'broken');
    await ledger.replay({ id: 'msg_1' });
    await ledger.settle(event('msg_1'), 'applied');
    expect(await row('msg_1')).toMatchObject({ status: 'applied', cause: null, payload: null });
  });

  test('an erasure leaves no payload of the user and nothing to do; nobody else’s is touched', async () => {
    await ledger.receive([event('msg_1'), event('msg_2', { clerkId: 'user_2' })]);
    await ledger.receive([event('msg_4', { type: 'user.deleted', payload: { id: 'user_1' } })]);
    await ledger.fail(event('msg_3'), 'broken');
    await ledger.erase('user_1', 'msg_4');
    expect(await row('msg_1')).toMatchObject({ status: 'stale', payload: null });
    expect(await row('msg_3')).toMatchObject({ status: 'stale', payload: null, cause: null });
    expect(await row('msg_2')).toMatchObject({ status: 'received', payload: { id: 'user_1' } });
    clock += 31_000;
    expect(await dueIds()).toEqual(['msg_2', 'msg_4']);
  });
});
