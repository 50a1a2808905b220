import { Types } from 'mongoose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ShopApp, startShopApp } from '../../test/support/shop-app.ts';
import { userModel } from '../identity/user-model.ts';

const path = '/api/users/wishlist';

let app: ShopApp;
/** An id of a product, and the product. */
let product: { id: string };
beforeAll(async () => {
  app = await startShopApp();
  product = await newProduct();
});
afterAll(() => app?.stop());

async function newProduct() {
  const admin = await app.signUp('admin');
  const fields = { name: 'Lamp', category: 'light', priceCents: 1999, currency: 'EUR' };
  return (await admin.call('POST /api/products', fields)).body as { id: string };
}

describe('the wishlist', () => {
  it('holds a product once, however often it is put there', async () => {
    const ada = await app.signUp();
    const { id: productId } = product;
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => ada.call(`POST ${path}`, { productId })),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    const { body } = await ada.call(`GET ${path}`);
    expect(body).toEqual({ items: [{ productId, product }], nextCursor: null });
    expect((await ada.call('GET /api/users/profile')).body).toMatchObject({
      user: { wishlist: [productId] },
    });
  });

  it('lets a product go, once or twice', async () => {
    const ada = await app.signUp();
    await ada.call(`POST ${path}`, { productId: product.id });
    for (const _ of [1, 2]) expect((await ada.call(`DELETE ${path}/${product.id}`)).status).toBe(204);
    expect((await ada.call(`GET ${path}`)).body.items).toEqual([]);
  });

  it('still names a product that is no longer sold', async () => {
    const [ada, admin, { id }] = [await app.signUp(), await app.signUp('admin'), await newProduct()];
    await ada.call(`POST ${path}`, { productId: id });
    await admin.call(`DELETE /api/products/${id}`);
    expect((await ada.call(`GET ${path}`)).body.items).toEqual([{ productId: id, product: null }]);
  });

  it('holds 200 products, also when the last ones come at once', async () => {
    const ada = await app.signUp();
    const wishlist = Array.from({ length: 198 }, () => new Types.ObjectId().toHexString());
    await userModel(app.database.connection).updateOne({ clerkId: ada.clerkId }, { $set: { wishlist } });
    const products = await Promise.all(Array.from({ length: 4 }, newProduct));
    const put = ({ id }: { id: string }) => ada.call(`POST ${path}`, { productId: id });
    const answers = await Promise.all(products.map(put));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 200, 409, 409]);
    expect(answers.find(({ status }) => status === 409)?.body.code).toBe('limit_reached');
    // One that is there already is no further entry.
    const there = products[answers.findIndex(({ status }) => status === 200)]!;
    expect((await put(there)).status).toBe(200);
  });

  it('takes only products that exist', async () => {
    const ada = await app.signUp();
    const { status, body } = await ada.call(`POST ${path}`, { productId: '0'.repeat(24) });
    expect({ status, code: body.code }).toEqual({ status: 404, code: 'product_not_found' });
  });

  it.each([
    ['an id that is none', { productId: 'lamp' }],
    ['an id in capitals', { productId: 'A'.repeat(24) }],
    ['an operator', { productId: { $gt: '' } }],
    ['a list', { productId: ['0'.repeat(24)] }],
    ['an unknown field', { productId: '0'.repeat(24), clerkId: 'user_1' }],
  ])('B11 refuses %s', async (_what, body) => {
    const ada = await app.signUp();
    expect(await ada.call(`POST ${path}`, body)).toMatchObject({
      status: 400,
      body: { code: 'invalid_request' },
    });
  });
});
