import type { Connection } from 'mongoose';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { call, type Person, signUp } from '../../test/support/people.ts';
import { type Stack, startStack } from '../../test/support/stack.ts';
import { connectDatabase } from '../config/database.ts';
import { ledgerModel } from './ledger-model.ts';
import { userModel } from './user-model.ts';

let stack: Stack;
let connection: Connection;
let productId: string;
beforeAll(async () => {
  stack = await startStack({ USER_CACHE_MS: '0' });
  connection = await connectDatabase(stack.mongodbUri);
  const admin = await signUp(stack, { role: 'admin' });
  const lamp = { name: 'Lamp', category: 'light', priceCents: 1999, currency: 'EUR', stock: 100 };
  const token = await admin.token();
  const { body } = await call<{ id: string }>(stack.api, 'POST /api/products', { token, body: lamp });
  productId = body.id;
});
afterAll(async () => {
  await connection?.close();
  await stack?.stop();
});
afterEach(() => stack.clerk.clearFaults());

/** What is personal about the customer below. */
const PERSONAL = /Hypatia|Alexandria|Museion Street/i;

/** Somebody with everything that a customer can have: an address, a wishlist, an order, a refusal in the audit. */
async function customer(): Promise<Person & { orderId: string; heldToken: string }> {
  const person = await signUp(stack, { firstName: 'Hypatia', lastName: 'of Alexandria' });
  const token = await person.token();
  const address = { fullName: 'Hypatia', line1: '1 Museion Street', city: 'Alexandria', country: 'EG' };
  const { body: stored } = await call<{ id: string }>(stack.api, 'POST /api/users/addresses', {
    token,
    body: address,
  });
  await call(stack.api, 'POST /api/users/wishlist', { token, body: { productId } });
  const order = { items: [{ productId, quantity: 2 }], addressId: stored.id };
  const { body } = await call<{ id: string }>(stack.api, 'POST /api/orders', { token, body: order });
  await call(stack.api, 'GET /api/admin/users', { token });
  await stack.clerk.idle();
  await stack.inngest.idle();
  return { ...person, orderId: body.id, heldToken: token };
}

/** All documents of all collections, as text, but for those of the catalogue. */
async function everything(): Promise<string> {
  const names = (await connection.db?.listCollections().toArray()) ?? [];
  const all = await Promise.all(
    names.map(
      async ({ name }) => `${name}: ${JSON.stringify(await connection.collection(name).find().toArray())}`,
    ),
  );
  return all.join('\n');
}

async function expectErased({ clerkId, email, orderId }: Awaited<ReturnType<typeof customer>>) {
  const held = await everything();
  for (const text of [held, stack.log.join('\n')]) {
    expect(PERSONAL.exec(text)?.[0]).toBeUndefined();
    expect(text.includes(email)).toBe(false);
  }
  expect(await userModel(connection).findOne({ clerkId }).lean()).toMatchObject({
    status: 'deleted',
    address: [],
    wishlist: [],
    sync: { erasedAt: expect.any(Date), endedSessions: [] },
  });
  const order = await connection.collection('orders').findOne({ totalCents: 3998, clerkId: null });
  expect(order).toMatchObject({ shippingAddress: null, totalCents: 3998 });
  expect(orderId).toBeTypeOf('string');
}

describe('GET /api/users/export', () => {
  test('gives everything that is held about the caller, and nothing of anybody else', async () => {
    const hypatia = await customer();
    const token = await hypatia.token();
    const exported = async () => (await call(stack.api, 'GET /api/users/export', { token })).body;
    // The audit is written a moment after what it is about.
    await expect.poll(async () => (await exported()).audit).toHaveLength(1);
    const body = await exported();
    expect(body).toMatchObject({
      exportedAt: expect.any(String),
      user: {
        clerkId: hypatia.clerkId,
        email: hypatia.email,
        name: 'Hypatia of Alexandria',
        address: [{ line1: '1 Museion Street' }],
        wishlist: [productId],
      },
      shop: { orders: [{ id: hypatia.orderId, totalCents: 3998 }] },
      clerkEvents: expect.arrayContaining([
        expect.objectContaining({ type: 'user.created', status: 'applied' }),
      ]),
    });
    expect(JSON.stringify(body)).not.toContain('_id');
    await stack.clerkClient.users.deleteUser(hypatia.clerkId);
    await stack.clerk.idle();
    await stack.inngest.idle();
  });
});

describe('A17 a deleted user', () => {
  test('through Clerk: nothing personal stays anywhere; what was sold for how much does', async () => {
    const hypatia = await customer();
    await stack.clerkClient.users.deleteUser(hypatia.clerkId);
    await stack.clerk.idle();
    await stack.inngest.idle();
    await expectErased(hypatia);
  });

  test('by DELETE /api/users/me: at once, without waiting for the webhook, and the token is refused', async () => {
    const hypatia = await customer();
    stack.clerk.webhookFaults = { drop: 1 };
    const token = hypatia.heldToken;
    expect((await call(stack.api, 'DELETE /api/users/me', { token })).status).toBe(204);
    await expectErased(hypatia);
    expect((await call(stack.api, 'GET /api/users/profile', { token })).status).toBe(404);
    await expect(stack.clerkClient.users.getUser(hypatia.clerkId)).rejects.toMatchObject({ status: 404 });
  });

  test('by DELETE /api/users/me while Clerk is down: 503, and nothing is changed', async () => {
    const ada = await signUp(stack);
    const token = await ada.token();
    await stack.clerk.idle();
    await stack.inngest.idle();
    stack.clerk.failApi({ method: 'DELETE', times: 1, status: 500 });
    expect(await call(stack.api, 'DELETE /api/users/me', { token })).toMatchObject({
      status: 503,
      body: { code: 'clerk_unavailable' },
    });
    expect((await call(stack.api, 'GET /api/users/profile', { token })).status).toBe(200);
  });

  test('leaves no event of his open: what comes late, or waited as a dead letter, is stale', async () => {
    const ada = await signUp(stack);
    await stack.clerk.idle();
    await stack.inngest.idle();
    const events = ledgerModel(connection);
    const [row] = await events.find({ clerkId: ada.clerkId, type: 'user.created' }).lean();
    await events.updateOne(
      { _id: row?._id ?? '' },
      { status: 'failed', payload: { id: ada.clerkId }, cause: 'x' },
    );
    await stack.clerkClient.users.deleteUser(ada.clerkId);
    await stack.clerk.idle();
    await stack.clerk.resend(row?._id ?? '');
    await stack.inngest.idle();
    const rows = await events.find({ clerkId: ada.clerkId, type: /^user/ }).sort({ type: 1 }).lean();
    expect(rows).toMatchObject([
      { type: 'user.created', status: 'stale', payload: null, cause: null },
      { type: 'user.deleted', status: 'applied', payload: null },
    ]);
    expect(await userModel(connection).findOne({ clerkId: ada.clerkId }).lean()).toMatchObject({
      status: 'deleted',
    });
  });
});
