import type { Connection } from 'mongoose';
import { z } from 'zod';
import { HttpError } from '../http/errors.ts';
import { objectId } from '../http/object-id.ts';
import { pageOf } from '../http/page.ts';
import { type Route, route } from '../http/route.ts';
import type { Directory } from '../identity/user.ts';
import { product, toProduct } from './product.ts';
import { productModel } from './product-model.ts';
import { addToWishlist, removeFromWishlist } from './shop-user.ts';

const MOST_WISHES = 200;

const productParams = z.object({ productId: objectId });
const wish = z
  .object({
    productId: z.string(),
    product: product.nullable().meta({ description: 'Null where the product is no longer sold.' }),
  })
  .meta({ id: 'Wish' });

export interface WishlistRoutes {
  connection: Connection;
  directory: Directory;
}

export function wishlistRoutes({ connection, directory }: WishlistRoutes): Route[] {
  const products = productModel(connection);
  const path = '/api/users/wishlist';
  const tag = 'Users';

  return [
    route({
      method: 'get',
      path,
      guard: 'signedIn',
      tag,
      summary: 'My wishlist',
      response: pageOf(wish),
      async handler({ user: { clerkId } }) {
        const wishlist = (await directory.read(clerkId))?.wishlist ?? [];
        const found = await products.find({ _id: { $in: wishlist } }).lean();
        const byId = new Map(found.map((record) => [record._id.toHexString(), toProduct(record)]));
        const items = wishlist.map((productId) => ({ productId, product: byId.get(productId) ?? null }));
        return { items, nextCursor: null };
      },
    }),
    route({
      method: 'post',
      path,
      guard: 'signedIn',
      tag,
      summary: 'Put a product on my wishlist',
      description: `A product that is there stays. At most ${MOST_WISHES}.`,
      body: productParams,
      response: wish,
      errors: ['product_not_found', 'limit_reached'],
      async handler({ user: { clerkId }, body: { productId } }) {
        const record = await products.findById(productId).lean();
        if (record === null) throw new HttpError('product_not_found');
        await addToWishlist(connection, clerkId, productId, MOST_WISHES);
        directory.forget(clerkId);
        return { productId, product: toProduct(record) };
      },
    }),
    route({
      method: 'delete',
      path: `${path}/:productId`,
      guard: 'signedIn',
      tag,
      summary: 'Take a product off my wishlist',
      description: 'A product that is not on it makes no difference.',
      params: productParams,
      async handler({ user: { clerkId }, params: { productId } }) {
        await removeFromWishlist(connection, clerkId, productId);
        directory.forget(clerkId);
      },
    }),
  ];
}
