import type { Connection, QueryFilter } from 'mongoose';
import { z } from 'zod';
import { HttpError } from '../http/errors.ts';
import { idParams } from '../http/object-id.ts';
import { page, pageOf, pageQuery } from '../http/page.ts';
import { type Route, route } from '../http/route.ts';
import { filled } from '../http/text.ts';
import { newProduct, product, productChange, toProduct } from './product.ts';
import { type ProductRecord, productModel } from './product-model.ts';
import { allWords } from './product-search.ts';

export interface ProductRoutes {
  connection: Connection;
  now: () => number;
}

/** The catalogue: everybody reads it, admins fill it, moderators mend it (A20). */
export function productRoutes({ connection, now }: ProductRoutes): Route[] {
  const products = productModel(connection);
  const path = '/api/products';
  const tag = 'Products';

  return [
    route({
      method: 'get',
      path,
      guard: 'anyone',
      tag,
      summary: 'The products, the newest first',
      query: z.object({
        ...pageQuery,
        category: filled(100).optional(),
        query: filled(100)
          .optional()
          .meta({ description: 'Words that must all stand in the name, the category or the description.' }),
      }),
      response: pageOf(product),
      async handler({ query: { category, query, ...at } }) {
        const filter: QueryFilter<ProductRecord> = {};
        if (category !== undefined) filter.category = category;
        if (query !== undefined) {
          const words = allWords(query);
          if (words === undefined) return { items: [], nextCursor: null };
          filter.$text = { $search: words };
        }
        return page(
          at,
          (below, limit) =>
            products
              .find({ ...filter, ...below })
              .sort({ _id: -1 })
              .limit(limit)
              .lean(),
          toProduct,
        );
      },
    }),
    route({
      method: 'get',
      path: `${path}/:id`,
      guard: 'anyone',
      tag,
      summary: 'One product',
      params: idParams,
      response: product,
      errors: ['product_not_found'],
      async handler({ params: { id } }) {
        return toProduct(found(await products.findById(id).lean()));
      },
    }),
    route({
      method: 'post',
      path,
      guard: 'admin',
      tag,
      summary: 'Add a product',
      body: newProduct,
      status: 201,
      response: product,
      async handler({ body }) {
        const at = new Date(now());
        const record = await products.create({ ...body, createdAt: at, updatedAt: at });
        return toProduct(record);
      },
    }),
    route({
      method: 'put',
      path: `${path}/:id`,
      guard: { permission: 'products:update' },
      tag,
      summary: 'Change a product',
      description:
        'Fields that are left out stay as they are. A `stock` that is sent replaces the present one.',
      params: idParams,
      body: productChange,
      response: product,
      errors: ['product_not_found'],
      async handler({ params: { id }, body }) {
        const change = { $set: { ...body, updatedAt: new Date(now()) } };
        return toProduct(
          found(await products.findByIdAndUpdate(id, change, { returnDocument: 'after' }).lean()),
        );
      },
    }),
    route({
      method: 'delete',
      path: `${path}/:id`,
      guard: 'admin',
      tag,
      summary: 'Remove a product',
      description: 'Orders keep their copy of its name and price.',
      params: idParams,
      errors: ['product_not_found'],
      async handler({ params: { id } }) {
        found(await products.findByIdAndDelete(id).lean());
      },
    }),
  ];
}

/** @throws HttpError `product_not_found` */
function found(record: ProductRecord | null): ProductRecord {
  if (record === null) throw new HttpError('product_not_found');
  return record;
}
