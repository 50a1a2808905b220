import { Agent, get, type OutgoingHttpHeaders } from 'node:http';
import mongoose from 'mongoose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startBareBackend } from '../../test/support/bare-backend.ts';
import { type Answer, call, type Person, signUp } from '../../test/support/people.ts';
import { type Stack, startStack } from '../../test/support/stack.ts';
import { createAudit } from './audit.ts';
import { auditModel } from './audit-model.ts';
import type { AuditRecord } from './audit-record.ts';

let stack: Stack;
let admin: Person;
beforeAll(async () => {
  stack = await startStack({ AUDIT_DAYS: '30' });
  admin = await signUp(stack, { role: 'admin', email: 'root@shop.example' });
});
afterAll(() => stack?.stop());

const as = async <T>(person: Person, request: `${string} /${string}`, body?: unknown): Promise<Answer<T>> =>
  call<T>(stack.api, request, { token: await person.token(), body });

async function audit(query: string): Promise<AuditRecord[]> {
  const items: AuditRecord[] = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const path = `/api/admin/audit?limit=100&${query}${cursor && `&cursor=${cursor}`}` as const;
    const page: Answer<{ items: AuditRecord[]; nextCursor: string | null }> = await as(admin, `GET ${path}`);
    expect(page.status).toBe(200);
    items.push(...page.body.items);
    cursor = page.body.nextCursor;
  }
  return items;
}

describe('refusals', () => {
  test('1,000 at once are all there: 403 one by one, 401 counted', { timeout: 60_000 }, async () => {
    const person = await signUp(stack);
    const token = await person.token();
    expect((await call(stack.api, 'GET /api/users/profile', { token })).status).toBe(200);
    const agent = new Agent({ keepAlive: true, maxSockets: 250 });
    const status = (path: string, headers: OutgoingHttpHeaders) =>
      new Promise((resolve, reject) => {
        get(`${stack.api}${path}`, { agent, headers }, (response) => {
          resolve(response.statusCode);
          response.resume();
        }).on('error', reject);
      });
    const asked = Array.from({ length: 500 }, (_, n) => [
      status('/api/admin/users', { authorization: `Bearer ${token}`, 'x-request-id': `r-${n}` }),
      status('/api/users/profile', {}),
    ]);
    const statuses = await Promise.all(asked.flat());
    agent.destroy();
    expect(statuses.filter((each) => each === 403)).toHaveLength(500);
    expect(statuses.filter((each) => each === 401)).toHaveLength(500);

    const refused = () => audit(`kind=refusal&code=admin_only&actor=${person.clerkId}`);
    await expect.poll(async () => (await refused()).length, { interval: 100, timeout: 5000 }).toBe(500);
    const ids = new Set((await refused()).map(({ requestId }) => requestId));
    expect(ids).toEqual(new Set(Array.from({ length: 500 }, (_, n) => `r-${n}`)));

    const counted = async () => {
      const records = await audit('kind=refusal&code=invalid_token');
      // Two, where a minute ended in between.
      expect(records.length).toBeLessThanOrEqual(2);
      return records.reduce((sum, { count }) => sum + count, 0);
    };
    await expect.poll(counted, { interval: 100, timeout: 5000 }).toBe(500);
  });

  test('B12 an order of somebody else is told to the audit alone, and an address that is not one’s own', async () => {
    const [ada, bob] = [await signUp(stack), await signUp(stack)];
    const lamp = { name: 'Lamp', category: 'light', priceCents: 100, currency: 'EUR', stock: 1 };
    const { body: product } = await as<{ id: string }>(admin, 'POST /api/products', lamp);
    const { body: order } = await as<{ id: string }>(ada, 'POST /api/orders', {
      items: [{ productId: product.id, quantity: 1 }],
    });
    expect((await as(bob, `GET /api/orders/${order.id}`)).status).toBe(404);
    expect((await as(bob, 'GET /api/orders/000000000000000000000000')).status).toBe(404);
    const address = '000000000000000000000001';
    expect((await as(bob, `DELETE /api/users/addresses/${address}`)).status).toBe(404);
    const told = () => audit(`actor=${bob.clerkId}`);
    await expect.poll(async () => (await told()).length, { interval: 50 }).toBe(2);
    expect(await told()).toEqual([
      expect.objectContaining({ code: 'address_not_found', target: address, owner: null }),
      expect.objectContaining({
        kind: 'refusal',
        action: 'GET /api/orders/:id',
        code: 'order_not_found',
        target: order.id,
        owner: ada.clerkId,
      }),
    ]);
  });
});

describe('administrative acts', () => {
  test('say who did what to whom, from where, and how it ended; before they are answered', async () => {
    const person = await signUp(stack);
    await as(person, 'GET /api/users/profile');
    const path = `/api/admin/users/${person.clerkId}/role` as const;
    const done = await as(admin, `PATCH ${path}`, { role: 'moderator' });
    const requestId = done.headers.get('x-request-id');
    await expect.poll(async () => (await audit(`requestId=${requestId}`))[0]?.outcome).toBe('done');
    expect(await audit(`target=${person.clerkId}`)).toEqual([
      {
        id: expect.any(String),
        at: expect.any(String),
        kind: 'act',
        action: 'PATCH /api/admin/users/:id/role',
        outcome: 'done',
        code: null,
        actor: admin.clerkId,
        target: person.clerkId,
        owner: null,
        address: expect.stringMatching(/127\.0\.0\.1$/),
        requestId,
        count: 1,
        details: { from: 'user', to: 'moderator' },
      },
    ]);
    const refused = await as(admin, `POST /api/admin/users/${admin.clerkId}/ban`);
    const record = async () => (await audit(`requestId=${refused.headers.get('x-request-id')}`))[0];
    await expect.poll(async () => (await record())?.outcome).toBe('refused');
    expect(await record()).toMatchObject({ kind: 'act', code: 'last_admin' });
  });

  test('of moderators count, too; what is invalid, or only read, is none', async () => {
    const moderator = await signUp(stack, { role: 'moderator' });
    const path = '/api/orders/000000000000000000000000';
    await as(moderator, `PATCH ${path}`, { status: 'lost' });
    await as(moderator, `GET ${path}`);
    await as(moderator, `PATCH ${path}`, { status: 'paid' });
    const told = () => audit(`actor=${moderator.clerkId}`);
    await expect.poll(async () => (await told())[0]?.outcome).toBe('refused');
    expect(await told()).toEqual([
      expect.objectContaining({ kind: 'act', action: 'PATCH /api/orders/:id', code: 'order_not_found' }),
    ]);
  });
});

describe('what is kept', () => {
  test('holds no token, no secret, no e-mail address and nothing of what was sent', async () => {
    const person = await signUp(stack, { email: 'private@shop.example' });
    const token = await person.token();
    await call(stack.api, 'GET /api/admin/users?query=hunter2', { token });
    await call(stack.api, 'PATCH /api/admin/users/someone@shop.example/role', {
      token,
      body: { role: 'admin' },
    });
    await expect.poll(async () => (await audit(`actor=${person.clerkId}`)).length).toBe(2);
    const connection = await mongoose.createConnection(stack.mongodbUri).asPromise();
    const everything = JSON.stringify(await auditModel(connection).find().lean());
    const [any] = await auditModel(connection).find({ kind: 'refusal' }).limit(1).lean();
    await connection.close();
    expect(everything).not.toMatch(/eyJ|sk_test|whsec|@shop\.example|hunter2/);
    expect(any!.expiresAt.getTime() - any!.at.getTime()).toBe(30 * 24 * 60 * 60 * 1000);
  });

  test('is in a user’s export, and loses his address with his deletion', async () => {
    const person = await signUp(stack);
    const token = await person.token();
    await call(stack.api, 'GET /api/admin/users', { token });
    const records = () => audit(`actor=${person.clerkId}`);
    await expect.poll(async () => (await records())[0]?.address).toMatch(/127\.0\.0\.1/);
    const { body } = await call<{ audit: AuditRecord[] }>(stack.api, 'GET /api/users/export', { token });
    expect(body.audit).toHaveLength(1);
    // Refused once more just before: that record is written after the erasure.
    await call(stack.api, 'GET /api/admin/users', { token });
    expect((await call(stack.api, 'DELETE /api/users/me', { token })).status).toBe(204);
    await expect.poll(async () => (await records()).map(({ address }) => address)).toEqual([null, null]);
  });

  test('is written when the backend stops', async () => {
    const bare = await startBareBackend();
    const { clerkId, token } = await bare.signUp();
    expect((await call(bare.url, 'GET /api/admin/audit', { token })).status).toBe(403);
    await bare.backend.stop();
    const connection = await mongoose.createConnection(bare.env.mongodbUri).asPromise();
    const kept = await auditModel(connection).countDocuments({ actor: clerkId, code: 'admin_only' });
    await connection.close();
    await bare.stop();
    expect(kept).toBe(1);
  });
});

test('a flood of callers is counted in full, in bounded memory, minute by minute', async () => {
  const options = { dbName: 'audit_counts', autoIndex: false, autoCreate: false };
  const connection = await mongoose.createConnection(stack.mongodbUri, options).asPromise();
  let at = Date.UTC(2026, 0, 1);
  const audit = createAudit({ connection, auditDays: 1, now: () => at, mostCounted: 50, onError: () => {} });
  const refusal = {
    kind: 'refusal',
    outcome: 'refused',
    action: 'GET /api/x',
    code: 'invalid_token',
  } as const;
  for (let n = 0; n < 80; n++) audit.count({ ...refusal, address: `10.0.0.${n}` });
  // Known before the flood, he is counted on under his own address.
  audit.count({ ...refusal, address: '10.0.0.0' });
  at += 60_000;
  audit.count({ ...refusal, address: '10.0.0.0' });
  await audit.flush();

  const rows = await auditModel(connection).find().lean();
  await connection.close();
  const counts = (address: string | null) =>
    rows
      .filter((row) => row.address === address)
      .map(({ at: minute, count }) => [minute.getUTCMinutes(), count]);
  expect(rows).toHaveLength(52);
  expect(rows.reduce((sum, { count }) => sum + count, 0)).toBe(82);
  expect(counts('10.0.0.0').sort()).toEqual([
    [0, 2],
    [1, 1],
  ]);
  expect(counts(null)).toEqual([[0, 30]]);
});
