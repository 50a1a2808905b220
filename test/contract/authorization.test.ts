import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { call, signUp } from '../support/people.ts';
import { type Stack, startStack } from '../support/stack.ts';

const product = {
  name: 'Tea',
  description: 'Green',
  category: 'tea',
  priceCents: 690,
  currency: 'EUR',
  stock: 3,
};

describe('in development', () => {
  let stack: Stack;
  beforeAll(async () => {
    stack = await startStack({
      NODE_ENV: 'development',
      ADMIN_EMAIL: 'Boss@Shop.Example, other@shop.example',
    });
  });
  afterAll(() => stack?.stop());

  test('A12 A20 an admin by role creates a product, and A15 the decision is logged', async () => {
    const admin = await signUp(stack, { role: 'admin' });
    const answer = await call(stack.api, 'POST /api/products', { token: await admin.token(), body: product });
    expect(answer.status).toBe(201);
    const line = stack.log.find((entry) => entry.includes('adminOnly: admitted by role'));
    expect(JSON.parse(line ?? '{}')).toMatchObject({ clerkId: admin.clerkId, role: 'admin' });
  });

  test('A12 B14 an address in ADMIN_EMAIL is admitted whatever its case', async () => {
    const boss = await signUp(stack, { email: 'boss@shop.example' });
    const answer = await call(stack.api, 'POST /api/products', { token: await boss.token(), body: product });
    expect(answer.status).toBe(201);
    expect(stack.log.some((entry) => entry.includes('adminOnly: admitted by email'))).toBe(true);
    expect(stack.log.join()).not.toContain('boss@shop.example');
  });

  test('A13 everybody else is refused, and told which role he has', async () => {
    for (const [role, shown] of [
      [undefined, 'ninguno'],
      ['moderator', 'moderator'],
      ['editor', 'editor'],
    ] as const) {
      const person = await signUp(stack, role === undefined ? {} : { role });
      const answer = await call(stack.api, 'POST /api/products', {
        token: await person.token(),
        body: product,
      });
      expect(answer.status).toBe(403);
      expect(answer.body).toMatchObject({
        message: 'Forbidden - admin access only',
        details: `Rol actual: ${shown}`,
        code: 'admin_only',
      });
    }
  });
});

describe('in production terms', () => {
  let stack: Stack;
  beforeAll(async () => {
    stack = await startStack({ ADMIN_EMAIL: 'boss@shop.example' });
  });
  afterAll(() => stack?.stop());

  test('A12 ADMIN_EMAIL admits nobody outside development, and A13 no details are told', async () => {
    const boss = await signUp(stack, { email: 'boss@shop.example' });
    const answer = await call(stack.api, 'POST /api/products', { token: await boss.token(), body: product });
    expect(answer.status).toBe(403);
    expect(answer.body).toEqual({
      message: 'Forbidden - admin access only',
      code: 'admin_only',
      requestId: answer.headers.get('x-request-id'),
    });
  });

  test('A14 requireRole admits the roles listed and admins, and refuses everybody else', async () => {
    const admin = await signUp(stack, { role: 'admin' });
    const created = await call<{ id: string }>(stack.api, 'POST /api/products', {
      token: await admin.token(),
      body: product,
    });
    const path = `PUT /api/products/${created.body.id}` as const;
    for (const role of ['moderator', 'admin']) {
      const person = await signUp(stack, { role });
      const answer = await call(stack.api, path, { token: await person.token(), body: product });
      expect(answer.status).toBe(200);
    }
    const customer = await signUp(stack);
    const answer = await call(stack.api, path, { token: await customer.token(), body: product });
    expect(answer.status).toBe(403);
    expect(answer.body).toMatchObject({ message: 'Forbidden - insufficient permissions' });
  });

  test('B10 a role that was taken away is gone once its webhook was processed; one that was granted waits', async () => {
    const person = await signUp(stack, { role: 'admin' });
    const create = async (token: string) =>
      (await call(stack.api, 'POST /api/products', { token, body: product })).status;
    const old = await person.token();
    expect(await create(old)).toBe(201);
    stack.clerk.advance(2000);
    await stack.clerkClient.users.updateUserMetadata(person.clerkId, { publicMetadata: { role: null } });
    await expect.poll(() => create(old), { timeout: 10_000 }).toBe(403);

    const plain = await person.token();
    stack.clerk.advance(2000);
    await stack.clerkClient.users.updateUserMetadata(person.clerkId, { publicMetadata: { role: 'admin' } });
    await expect.poll(() => mirroredRole(plain), { timeout: 10_000 }).toBe('admin');
    expect(await create(plain)).toBe(403);
    expect(await create(await person.token())).toBe(201);
  });

  const mirroredRole = async (token: string) =>
    (await call<{ user: { role: string } }>(stack.api, 'GET /api/users/profile', { token })).body.user.role;

  test('B10 the token of a banned user and of a revoked session are refused', async () => {
    const banned = await signUp(stack);
    const signedOut = await signUp(stack);
    const tokens = [await banned.token(), await signedOut.token()];
    const statusOf = async (token: string) =>
      (await call(stack.api, 'GET /api/users/profile', { token })).status;
    for (const token of tokens) expect(await statusOf(token)).toBe(200);
    await stack.clerkClient.users.banUser(banned.clerkId);
    await stack.clerkClient.sessions.revokeSession(signedOut.sessionId);
    for (const token of tokens) await expect.poll(() => statusOf(token), { timeout: 10_000 }).toBe(401);
  });
});
