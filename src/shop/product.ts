import { z } from 'zod';
import { filled, text, webAddress } from '../http/text.ts';
import { currencyCode } from './codes.ts';
import type { ProductRecord } from './product-model.ts';

const MOST_CENTS = 1_000_000_000;
const MOST_PIECES = 1_000_000;

const fields = {
  name: filled(200),
  description: text(5000),
  category: filled(100),
  priceCents: z.int().min(0).max(MOST_CENTS).meta({ description: 'Minor units of the currency.' }),
  currency: currencyCode,
  stock: z.int().min(0).max(MOST_PIECES).meta({ description: 'Pieces that can still be ordered.' }),
  imageUrls: z.array(webAddress).max(10),
};

/** A product as it is shown: what is stored is shown, also where the limits above were others once. */
export const product = z
  .object({
    id: z.string(),
    name: z.string(),
    description: z.string(),
    category: z.string(),
    priceCents: z.int().meta({ description: 'Minor units of the currency.' }),
    currency: z.string().meta({ description: 'ISO 4217.' }),
    stock: z.int().meta({ description: 'Pieces that can still be ordered.' }),
    imageUrls: z.array(z.string()),
    createdAt: z.iso.datetime(),
    updatedAt: z.iso.datetime(),
  })
  .meta({ id: 'Product' });

export const newProduct = z.object({
  ...fields,
  description: fields.description.default(''),
  stock: fields.stock.default(0),
  imageUrls: fields.imageUrls.default([]),
});

/** Fields that are left out stay as they are: above all the stock, which orders change at the same time. */
export const productChange = z
  .object(fields)
  .partial()
  .refine((change) => Object.keys(change).length > 0, 'Expected at least one field to change');

export type Product = z.output<typeof product>;

export function toProduct(record: ProductRecord): Product {
  return {
    id: record._id.toHexString(),
    name: record.name,
    description: record.description,
    category: record.category,
    priceCents: record.priceCents,
    currency: record.currency,
    stock: record.stock,
    imageUrls: record.imageUrls,
    createdAt: record.createdAt.toISOString(),
    updatedAt: record.updatedAt.toISOString(),
  };
}
