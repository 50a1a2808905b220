import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Caller, type ShopApp, startShopApp } from '../../test/support/shop-app.ts';
import { productModel } from './product-model.ts';

const path = '/api/products';
const lamp = {
  name: 'Brass lamp',
  description: 'Warm light for a desk.',
  category: 'light',
  priceCents: 1999,
  currency: 'EUR',
  stock: 4,
  imageUrls: ['https://shop.example/lamp.jpg'],
};
const unknown = '0'.repeat(24);

let app: ShopApp;
let admin: Caller;
let moderator: Caller;
let customer: Caller;
beforeAll(async () => {
  app = await startShopApp();
  [admin, moderator, customer] = [
    await app.signUp('admin'),
    await app.signUp('moderator'),
    await app.signUp(),
  ];
});
afterAll(() => app?.stop());

const add = (fields = {}) => admin.call(`POST ${path}`, { ...lamp, ...fields });

describe('A20 products', () => {
  it('are created by an admin, and read by everybody', async () => {
    const { status, body } = await add();
    expect(status).toBe(201);
    const times = { createdAt: expect.any(String), updatedAt: expect.any(String) };
    expect(body).toEqual({ id: expect.stringMatching(/^[0-9a-f]{24}$/), ...lamp, ...times });
    expect(new Date(body.createdAt as string).toISOString()).toBe(body.createdAt);
    expect(await app.stranger.call(`GET ${path}/${body.id}`)).toMatchObject({ status: 200, body });
  });

  it('need no more than a name, a category, a price and its currency', async () => {
    const { name, category, priceCents, currency } = lamp;
    const { status, body } = await admin.call(`POST ${path}`, { name, category, priceCents, currency });
    expect(status).toBe(201);
    expect(body).toMatchObject({ description: '', stock: 0, imageUrls: [] });
  });

  it('are created by nobody else', async () => {
    expect((await app.stranger.call(`POST ${path}`, lamp)).body.code).toBe('invalid_token');
    expect((await customer.call(`POST ${path}`, lamp)).body.code).toBe('admin_only');
    expect((await moderator.call(`POST ${path}`, lamp)).body.code).toBe('admin_only');
  });

  it('are changed by an admin or a moderator, in the fields that are sent', async () => {
    const { body: before } = await add();
    for (const [who, priceCents] of [
      [admin, 2999],
      [moderator, 0],
    ] as const) {
      const { status, body } = await who.call(`PUT ${path}/${before.id}`, { priceCents });
      expect(status).toBe(200);
      expect(body).toEqual({ ...before, priceCents, updatedAt: body.updatedAt });
      expect((body.updatedAt as string) > (before.updatedAt as string)).toBe(true);
    }
    expect((await customer.call(`PUT ${path}/${before.id}`, { stock: 9 })).body.code).toBe(
      'insufficient_permissions',
    );
  });

  it('are removed by an admin alone', async () => {
    const { id } = (await add()).body;
    expect((await moderator.call(`DELETE ${path}/${id}`)).status).toBe(403);
    expect((await admin.call(`DELETE ${path}/${id}`)).status).toBe(204);
    expect((await app.stranger.call(`GET ${path}/${id}`)).body.code).toBe('product_not_found');
  });

  it('that do not exist are 404, and what is no id is 400', async () => {
    for (const method of ['GET', 'PUT', 'DELETE'] as const) {
      const body = method === 'PUT' ? { stock: 1 } : undefined;
      const absent = await admin.call(`${method} ${path}/${unknown}`, body);
      expect([absent.status, absent.body.code]).toEqual([404, 'product_not_found']);
      for (const id of ['1', 'Z'.repeat(24), `${unknown}0`, '%7B%22$gt%22%3A%22%22%7D', '__proto__']) {
        const { status, body: refused } = await admin.call(`${method} ${path}/${id}`, body);
        expect([status, refused.code]).toEqual([400, 'invalid_request']);
      }
    }
  });
});

describe('B11 a product is refused with', () => {
  it.each([
    ['an empty name', { name: '  ' }, 'name'],
    ['a name that is a number', { name: 1 }, 'name'],
    ['a name that is too long', { name: 'x'.repeat(201) }, 'name'],
    ['an operator for a name', { name: { $gt: '' } }, 'name'],
    ['no category', { category: undefined }, 'category'],
    ['a price below zero', { priceCents: -1 }, 'priceCents'],
    ['a price in fractions', { priceCents: 19.99 }, 'priceCents'],
    ['a price that is text', { priceCents: '1999' }, 'priceCents'],
    ['a price beyond reason', { priceCents: 1e12 }, 'priceCents'],
    ['a currency that does not exist', { currency: 'QQQ' }, 'currency'],
    ['a currency in small letters', { currency: 'eur' }, 'currency'],
    ['half a piece', { stock: 0.5 }, 'stock'],
    ['a stock below zero', { stock: -1 }, 'stock'],
    ['a script for an image', { imageUrls: ['javascript:alert(1)'] }, 'imageUrls.0'],
    ['a data address for an image', { imageUrls: ['data:text/html,hi'] }, 'imageUrls.0'],
    ['something else for an image', { imageUrls: ['lamp.jpg'] }, 'imageUrls.0'],
    ['eleven images', { imageUrls: Array(11).fill('https://shop.example/') }, 'imageUrls'],
    ['an unknown field', { sold: 3 }, 'sold'],
    ['an id', { id: unknown }, 'id'],
    ['a reservation', { reservations: [] }, 'reservations'],
    ['a dotted field', { 'imageUrls.0': 'https://shop.example/' }, 'imageUrls.0'],
    ['an operator as a field', { $set: { stock: 1 } }, '$set'],
  ])('%s', async (_what, fields, wrong) => {
    const { status, body } = await add(fields);
    expect(status).toBe(400);
    expect(body).toMatchObject({ code: 'invalid_request', issues: [{ in: 'body', path: wrong }] });
  });

  it.each([
    ['nothing to change', {}],
    ['a price below zero', { priceCents: -1 }],
    ['an unknown field', { sold: 3 }],
    ['an operator', { $inc: { stock: 100 } }],
    ['null', { name: null }],
  ])('%s as a change', async (_what, change) => {
    const { body } = await add();
    const refused = await admin.call(`PUT ${path}/${body.id}`, change);
    expect(refused).toMatchObject({ status: 400, body: { code: 'invalid_request' } });
    expect((await app.stranger.call(`GET ${path}/${body.id}`)).body).toEqual(body);
  });
});

describe('the list of products', () => {
  const names = async (query: string) => {
    const { status, body } = await app.stranger.call(`GET ${path}?${query}`);
    expect(status).toBe(200);
    return (body.items as { name: string }[]).map(({ name }) => name);
  };

  it('comes in pages, the newest first, each product once while others are added and removed', async () => {
    const category = 'paged';
    const ids: string[] = [];
    for (let n = 0; n < 7; n++) ids.unshift((await add({ name: `no. ${n}`, category })).body.id as string);
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const at: string = cursor === null ? '' : `&cursor=${cursor}`;
      const { body } = await app.stranger.call(`GET ${path}?category=${category}&limit=3${at}`);
      seen.push(...(body.items as { id: string }[]).map(({ id }) => id));
      cursor = body.nextCursor as string | null;
      await add({ category });
      if (seen.length === 3) await admin.call(`DELETE ${path}/${seen[2]}`);
    } while (cursor !== null);
    expect(seen).toEqual(ids);
  });

  it('has no next page where the last one is exactly full', async () => {
    for (let n = 0; n < 2; n++) await add({ category: 'two' });
    const { body } = await app.stranger.call(`GET ${path}?category=two&limit=2`);
    expect(body).toMatchObject({ items: [{}, {}], nextCursor: null });
  });

  it('finds the products that hold all the words, whatever their case', async () => {
    await add({ name: 'Oak desk', description: 'Solid wood.', category: 'searched' });
    await add({ name: 'Oak chair', description: 'Goes with the desk.', category: 'searched' });
    await add({ name: 'Steel chair', description: 'Stacks.', category: 'searched' });
    expect(await names('query=oak')).toEqual(['Oak chair', 'Oak desk']);
    expect(await names('query=CHAIR+oak')).toEqual(['Oak chair']);
    expect(await names('query=wood&category=searched')).toEqual(['Oak desk']);
    expect(await names('query=wood&category=light')).toEqual([]);
  });

  it('takes the syntax of MongoDB’s search for what it is to a customer: nothing', async () => {
    await add({ name: 'Cork board', category: 'searched' });
    expect(await names('query=-cork')).toEqual(['Cork board']);
    expect(await names('query=%22cork')).toEqual(['Cork board']);
    expect(await names('query=%22%20-%20%22')).toEqual([]);
  });

  it.each([
    'limit=0',
    'limit=101',
    'limit=ten',
    'limit=1.5',
    'limit=5&limit=6',
    'limit[$gt]=1',
    'cursor=abc',
    'cursor[$gt]=',
    'category[$ne]=x',
    'category=a&category=b',
    'query=',
    `query=${'x'.repeat(101)}`,
    'sort=price',
    '$where=1',
    '__proto__=1',
  ])('B11 refuses ?%s', async (query) => {
    const { status, body } = await app.stranger.call(`GET ${path}?${query}`);
    expect(status).toBe(400);
    expect(body).toMatchObject({ code: 'invalid_request', issues: [{ in: 'query' }] });
  });

  it('shows what is stored, also where it is more than may be written', async () => {
    const { body } = await add();
    const stock = 5_000_000;
    await productModel(app.database.connection).updateOne({ _id: String(body.id) }, { $set: { stock } });
    expect((await app.stranger.call(`GET ${path}/${body.id}`)).body).toEqual({ ...body, stock });
  });

  it('never shows what orders leave on a product', async () => {
    const { body } = await add();
    const trace = { reservations: [{ order: unknown, quantity: 1 }] };
    await productModel(app.database.connection).updateOne({ _id: String(body.id) }, { $set: trace });
    expect((await app.stranger.call(`GET ${path}/${body.id}`)).body).toEqual(body);
  });
});
