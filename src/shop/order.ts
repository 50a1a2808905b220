import { z } from 'zod';
import { objectId } from '../http/object-id.ts';
import { shippingAddress } from './address.ts';
import type { OrderRecord } from './order-model.ts';
import { ORDER_STATUSES } from './order-status.ts';

const MOST_ITEMS = 50;
const MOST_OF_ONE = 1000;

const quantity = z.int().min(1).max(MOST_OF_ONE);

export const orderStatus = z.enum(ORDER_STATUSES);

export const order = z
  .object({
    id: z.string(),
    clerkId: z.string().nullable().meta({ description: 'Who ordered; null where the account was erased.' }),
    status: orderStatus,
    items: z.array(
      z.object({ productId: z.string(), name: z.string(), priceCents: z.int(), quantity: z.int() }),
    ),
    currency: z.string().meta({ description: 'ISO 4217.' }),
    totalCents: z.int().meta({ description: 'Minor units of the currency.' }),
    shippingAddress: shippingAddress.nullable(),
    createdAt: z.iso.datetime(),
    updatedAt: z.iso.datetime(),
  })
  .meta({ id: 'Order' });

export const newOrder = z.object({
  items: z
    .array(z.strictObject({ productId: objectId, quantity }))
    .min(1)
    .max(MOST_ITEMS)
    .refine(
      (items) => new Set(items.map(({ productId }) => productId)).size === items.length,
      'Expected each product once: add up its quantities',
    ),
  addressId: objectId.optional().meta({ description: 'One of my addresses: the order keeps a copy of it.' }),
});

export type NewOrder = z.output<typeof newOrder>;

export type Order = z.output<typeof order>;

/** An order that is placed, as the API shows it. */
export function toOrder(record: OrderRecord): Order {
  return {
    id: record._id.toHexString(),
    clerkId: record.clerkId,
    status: orderStatus.parse(record.status),
    items: record.items.map(({ productId, name, priceCents, quantity }) => ({
      productId: productId.toHexString(),
      name,
      priceCents,
      quantity,
    })),
    currency: record.currency,
    totalCents: record.totalCents,
    shippingAddress: record.shippingAddress,
    createdAt: record.createdAt.toISOString(),
    updatedAt: record.updatedAt.toISOString(),
  };
}
