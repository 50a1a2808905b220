import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Caller, type ShopApp, startShopApp } from '../../test/support/shop-app.ts';
import { nextStatuses, ORDER_STATUSES, type OrderStatus } from './order-status.ts';

const path = '/api/orders';
const unknown = '0'.repeat(24);

let app: ShopApp;
let admin: Caller;
let moderator: Caller;
beforeAll(async () => {
  app = await startShopApp();
  [admin, moderator] = [await app.signUp('admin'), await app.signUp('moderator')];
});
afterAll(() => app?.stop());

async function product(fields = {}): Promise<string> {
  const lamp = { name: 'Lamp', category: 'light', priceCents: 1999, currency: 'EUR', stock: 10, ...fields };
  return (await admin.call('POST /api/products', lamp)).body.id as string;
}

const stockOf = async (id: string) => (await app.stranger.call(`GET /api/products/${id}`)).body.stock;

const order = (who: Caller, productId: string, quantity = 1, headers = {}) =>
  who.call(`POST ${path}`, { items: [{ productId, quantity }] }, headers);

const idsOf = async (who: Caller, query = '') => {
  const { status, body } = await who.call(`GET ${path}${query}`);
  expect(status).toBe(200);
  return (body.items as { id: string }[]).map(({ id }) => id);
};

describe('ordering', () => {
  it('takes the server’s prices, a copy of my address, and the pieces from stock', async () => {
    const ada = await app.signUp();
    const [lamp, desk] = [await product(), await product({ name: 'Desk', priceCents: 25_000 })];
    const home = { fullName: 'Ada Lovelace', line1: '1 Main St', city: 'Oslo', country: 'NO', label: 'Home' };
    const { body: address } = await ada.call('POST /api/users/addresses', home);
    const { status, body } = await ada.call(`POST ${path}`, {
      items: [
        { productId: lamp, quantity: 3 },
        { productId: desk, quantity: 1 },
      ],
      addressId: address.id,
    });
    expect(status).toBe(201);
    const { label: _, ...shippingAddress } = { ...home, line2: '', state: '', postalCode: '', phone: '' };
    expect(body).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{24}$/),
      clerkId: ada.clerkId,
      status: 'pending',
      items: [
        { productId: lamp, name: 'Lamp', priceCents: 1999, quantity: 3 },
        { productId: desk, name: 'Desk', priceCents: 25_000, quantity: 1 },
      ],
      currency: 'EUR',
      totalCents: 30_997,
      shippingAddress,
      createdAt: expect.any(String),
      updatedAt: expect.any(String),
    });
    expect([await stockOf(lamp), await stockOf(desk)]).toEqual([7, 9]);

    await ada.call(`DELETE /api/users/addresses/${address.id}`);
    await admin.call(`PUT /api/products/${lamp}`, { priceCents: 1 });
    expect((await ada.call(`GET ${path}/${body.id}`)).body).toEqual(body);
  });

  it('sells exactly 100 of 100 pieces to 200 orders at once, and the stock is never below zero', {
    timeout: 60_000,
  }, async () => {
    const lamp = await product({ stock: 100 });
    const buyers = await Promise.all(Array.from({ length: 10 }, () => app.signUp()));
    const seen = new Set<number>();
    let isSelling = true;
    const watching = (async () => {
      while (isSelling) seen.add((await stockOf(lamp)) as number);
    })();
    const answers = await Promise.all(Array.from({ length: 200 }, (_, n) => order(buyers[n % 10]!, lamp)));
    isSelling = false;
    await watching;
    const sold = answers.filter(({ status }) => status === 201);
    const refused = answers.filter(
      ({ status, body }) => status === 409 && body.code === 'insufficient_stock',
    );
    expect([sold.length, refused.length]).toEqual([100, 100]);
    expect(refused[0]?.body.details).toBe(`Lamp (${lamp}): 1 ordered, 0 in stock`);
    expect(Math.min(...seen)).toBe(0);
    expect(await stockOf(lamp)).toBe(0);
  });

  it('with an Idempotency-Key happens once, however many repeats arrive at once', async () => {
    const ada = await app.signUp();
    const lamp = await product();
    const key = { 'idempotency-key': 'b1a7' };
    const answers = await Promise.all(Array.from({ length: 10 }, () => order(ada, lamp, 2, key)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]));
    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
    expect(await stockOf(lamp)).toBe(8);
    expect(await order(ada, lamp, 3, key)).toMatchObject({
      status: 409,
      body: { code: 'idempotency_key_reused' },
    });
    const bob = await app.signUp();
    expect((await order(bob, lamp, 3, key)).status).toBe(201);
  });

  it('is refused for a product or an address that does not exist, with nothing taken', async () => {
    const [ada, bob] = [await app.signUp(), await app.signUp()];
    const lamp = await product();
    const both = [lamp, unknown].map((productId) => ({ productId, quantity: 1 }));
    expect(await ada.call(`POST ${path}`, { items: both })).toMatchObject({
      status: 404,
      body: { code: 'product_not_found', details: `There is no product ${unknown}` },
    });
    const home = { fullName: 'Bob', line1: '1 Main St', city: 'Oslo', country: 'NO' };
    const { id: addressId } = (await bob.call('POST /api/users/addresses', home)).body;
    const items = [{ productId: lamp, quantity: 1 }];
    expect((await ada.call(`POST ${path}`, { items, addressId })).body.code).toBe('address_not_found');
    expect(await stockOf(lamp)).toBe(10);
    expect(await idsOf(ada)).toEqual([]);
  });

  it.each([
    ['no items', { items: [] }, 'items'],
    ['51 items', { items: Array(51).fill({ productId: unknown, quantity: 1 }) }, 'items'],
    ['a product twice', { items: Array(2).fill({ productId: unknown, quantity: 1 }) }, 'items'],
    ['no pieces', { items: [{ productId: unknown, quantity: 0 }] }, 'items.0.quantity'],
    ['1001 pieces', { items: [{ productId: unknown, quantity: 1001 }] }, 'items.0.quantity'],
    ['pieces to give back', { items: [{ productId: unknown, quantity: -1 }] }, 'items.0.quantity'],
    ['a price', { items: [{ productId: unknown, quantity: 1, priceCents: 1 }] }, 'items.0.priceCents'],
    ['an operator', { items: [{ productId: { $gt: '' }, quantity: 1 }] }, 'items.0.productId'],
    ['a total', { items: [{ productId: unknown, quantity: 1 }], totalCents: 1 }, 'totalCents'],
    ['a status', { items: [{ productId: unknown, quantity: 1 }], status: 'paid' }, 'status'],
    ['another owner', { items: [{ productId: unknown, quantity: 1 }], clerkId: 'user_1' }, 'clerkId'],
  ])('B11 is refused with %s', async (_what, body, wrong) => {
    const ada = await app.signUp();
    const answer = await ada.call(`POST ${path}`, body);
    expect(answer.status).toBe(400);
    expect(answer.body.issues).toContainEqual(expect.objectContaining({ in: 'body', path: wrong }));
  });

  it('B11 is refused with a key that is too long', async () => {
    const ada = await app.signUp();
    const { body } = await order(ada, unknown, 1, { 'idempotency-key': 'x'.repeat(256) });
    expect(body).toMatchObject({ issues: [{ in: 'headers', path: 'idempotency-key' }] });
  });
});

describe('B12 an order of somebody else', () => {
  it('answers as one that does not exist, except to who may see all', async () => {
    const [ada, bob] = [await app.signUp(), await app.signUp()];
    const { body } = await order(ada, await product());
    const { requestId: _1, ...hidden } = (await bob.call(`GET ${path}/${body.id}`)).body;
    const { requestId: _2, ...absent } = (await bob.call(`GET ${path}/${unknown}`)).body;
    expect(hidden).toEqual(absent);
    expect(hidden.code).toBe('order_not_found');
    for (const who of [ada, moderator, admin]) {
      expect(await who.call(`GET ${path}/${body.id}`)).toMatchObject({ status: 200, body });
    }
    expect(await idsOf(bob)).toEqual([]);
    expect(await idsOf(ada)).toEqual([body.id]);
    for (const who of [moderator, admin]) expect(await idsOf(who, '?limit=100')).toContain(body.id);
  });
});

describe('the list of orders', () => {
  it('comes in pages, the newest first, and by status', async () => {
    const ada = await app.signUp();
    const lamp = await product();
    const ids: string[] = [];
    for (let n = 0; n < 5; n++) ids.unshift((await order(ada, lamp)).body.id as string);
    const first = (await ada.call(`GET ${path}?limit=3`)).body;
    expect((first.items as { id: string }[]).map(({ id }) => id)).toEqual(ids.slice(0, 3));
    expect(await idsOf(ada, `?limit=3&cursor=${first.nextCursor}`)).toEqual(ids.slice(3));
    await moderator.call(`PATCH ${path}/${ids[1]}`, { status: 'paid' });
    expect(await idsOf(ada, '?status=paid')).toEqual([ids[1]]);
    expect((await ada.call(`GET ${path}?status=placing`)).status).toBe(400);
  });
});

/** The way from `pending` to each status. */
const WAY: Record<OrderStatus, OrderStatus[]> = {
  pending: [],
  paid: ['paid'],
  shipped: ['paid', 'shipped'],
  delivered: ['paid', 'shipped', 'delivered'],
  cancelled: ['cancelled'],
};
const ALLOWED = ['pending paid', 'pending cancelled', 'paid shipped', 'paid cancelled', 'shipped delivered'];
const pairs = ORDER_STATUSES.flatMap((from) => ORDER_STATUSES.map((to) => [from, to] as const));

describe('A21 an order’s status', () => {
  async function orderThatIs(status: OrderStatus) {
    const lamp = await product();
    const { body } = await order(await app.signUp(), lamp, 4);
    for (const step of WAY[status]) await moderator.call(`PATCH ${path}/${body.id}`, { status: step });
    return { id: body.id as string, lamp };
  }

  it.each(pairs)('from %s to %s', async (from, to) => {
    const { id, lamp } = await orderThatIs(from);
    const { status, body } = await moderator.call(`PATCH ${path}/${id}`, { status: to });
    if (ALLOWED.includes(`${from} ${to}`)) {
      expect({ status, body }).toMatchObject({ status: 200, body: { id, status: to } });
      expect(await stockOf(lamp)).toBe(to === 'cancelled' ? 10 : 6);
    } else {
      const next = nextStatuses(from).join(' or ') || 'nothing more';
      const details = `The order is ${from} and cannot become ${to}: it can become ${next}`;
      expect({ status, body }).toMatchObject({
        status: 409,
        body: { code: 'order_status_conflict', details },
      });
      expect((await moderator.call(`GET ${path}/${id}`)).body.status).toBe(from);
      expect(await stockOf(lamp)).toBe(from === 'cancelled' ? 10 : 6);
    }
  });

  it('moves once where changes that exclude each other arrive at once, and the stock comes back once', async () => {
    const { id, lamp } = await orderThatIs('paid');
    const wishes = Array.from({ length: 10 }, (_, n) => (n % 2 ? 'shipped' : 'cancelled'));
    const answers = await Promise.all(wishes.map((status) => admin.call(`PATCH ${path}/${id}`, { status })));
    const won = answers.filter(({ status }) => status === 200);
    expect(won).toHaveLength(1);
    expect(await stockOf(lamp)).toBe(won[0]?.body.status === 'cancelled' ? 10 : 6);
  });

  it('is set by an admin or a moderator alone', async () => {
    const ada = await app.signUp();
    const { body } = await order(ada, await product());
    const pay = (who: Caller) => who.call(`PATCH ${path}/${body.id}`, { status: 'paid' });
    expect((await pay(app.stranger)).status).toBe(401);
    expect((await pay(ada)).body).toMatchObject({ code: 'insufficient_permissions' });
    expect((await pay(admin)).status).toBe(200);
  });

  it.each([
    [{ status: 'lost' }],
    [{ status: 'placing' }],
    [{ status: { $ne: 'paid' } }],
    [{}],
    [{ status: 'paid', totalCents: 0 }],
  ])('B11 is not set by %j', async (body) => {
    expect(await admin.call(`PATCH ${path}/${unknown}`, body)).toMatchObject({
      status: 400,
      body: { code: 'invalid_request' },
    });
  });

  it('of an order that does not exist is 404', async () => {
    expect((await admin.call(`PATCH ${path}/${unknown}`, { status: 'paid' })).body.code).toBe(
      'order_not_found',
    );
  });
});
