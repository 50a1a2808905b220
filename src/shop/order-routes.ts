import type { QueryFilter } from 'mongoose';
import { z } from 'zod';
import { assertMay, callersScope } from '../auth/ownership.ts';
import { HttpError } from '../http/errors.ts';
import { idParams } from '../http/object-id.ts';
import { page, pageOf, pageQuery } from '../http/page.ts';
import { type Route, route } from '../http/route.ts';
import type { Directory } from '../identity/user.ts';
import { type ShippingAddress, toShippingAddress } from './address.ts';
import { changeOrderStatus } from './change-order-status.ts';
import { fingerprintOf, placeOrderOnce } from './idempotent-order.ts';
import { newOrder, order, orderStatus, toOrder } from './order.ts';
import { type OrderRecord, orderModel } from './order-model.ts';
import { eraseShopData } from './personal-data.ts';
import { type OrderParts, placeOrder } from './place-order.ts';

export interface OrderRoutes extends OrderParts {
  directory: Directory;
}

const idempotencyKey = z
  .string()
  .regex(/^[\x21-\x7e]{1,255}$/, 'Expected 1 to 255 visible ASCII characters')
  .meta({ description: 'Makes a repeat harmless: the same key with the same body answers the same order.' });

export function orderRoutes({ directory, ...parts }: OrderRoutes): Route[] {
  const orders = orderModel(parts.connection);
  const path = '/api/orders';
  const tag = 'Orders';

  /** @throws HttpError `address_not_found`, also where the address is somebody else's (B12) */
  async function shipTo(clerkId: string, addressId: string | undefined): Promise<ShippingAddress | null> {
    if (addressId === undefined) return null;
    const user = await directory.read(clerkId);
    const address = user?.address.find(({ id }) => id === addressId);
    if (!address) throw new HttpError('address_not_found', { conceals: { id: addressId, owner: null } });
    return toShippingAddress(address);
  }

  /** An account that was deleted while its order was being placed must leave nothing on that one either. */
  async function eraseIfGone(clerkId: string): Promise<void> {
    const user = await directory.read(clerkId);
    if (user === null || user.status === 'deleted') await eraseShopData(parts.connection, clerkId);
  }

  return [
    route({
      method: 'post',
      path,
      guard: 'signedIn',
      tag,
      summary: 'Order products',
      description: 'Prices and total are the server’s. Either all items are ordered, or nothing is.',
      headers: z.object({ 'idempotency-key': idempotencyKey.optional() }),
      body: newOrder,
      status: 201,
      response: order,
      errors: [
        'product_not_found',
        'address_not_found',
        'insufficient_stock',
        'currency_mismatch',
        'idempotency_key_reused',
        'order_in_progress',
      ],
      async handler({ user: { clerkId }, body, headers }) {
        const key = headers['idempotency-key'];
        const request = async () => ({
          clerkId,
          items: body.items,
          shippingAddress: await shipTo(clerkId, body.addressId),
        });
        const placed =
          key === undefined
            ? await placeOrder(parts, await request())
            : await placeOrderOnce(parts, clerkId, { key, fingerprint: fingerprintOf(body) }, request);
        await eraseIfGone(clerkId);
        return toOrder(placed);
      },
    }),
    route({
      method: 'get',
      path,
      guard: 'signedIn',
      tag,
      summary: 'Orders, the newest first',
      description: 'One’s own; an admin or a moderator sees all.',
      query: z.object({ ...pageQuery, status: orderStatus.optional() }),
      response: pageOf(order),
      async handler({ user, req, query: { status, ...at } }) {
        const filter: QueryFilter<OrderRecord> = { status: status ?? { $ne: 'placing' } };
        if (callersScope(req, 'orders:read') !== 'any') filter.clerkId = user.clerkId;
        return page(
          at,
          (below, limit) =>
            orders
              .find({ ...filter, ...below })
              .sort({ _id: -1 })
              .limit(limit)
              .lean(),
          toOrder,
        );
      },
    }),
    route({
      method: 'get',
      path: `${path}/:id`,
      guard: 'signedIn',
      tag,
      summary: 'One order',
      description: 'One’s own; an admin or a moderator sees all.',
      params: idParams,
      response: order,
      errors: ['order_not_found'],
      async handler({ req, params: { id } }) {
        const found = await orders.findOne({ _id: id, status: { $ne: 'placing' } }).lean();
        if (found === null) throw new HttpError('order_not_found');
        assertMay(req, 'orders:read', { id, owner: found.clerkId }, 'order_not_found');
        return toOrder(found);
      },
    }),
    route({
      method: 'patch',
      path: `${path}/:id`,
      guard: { permission: 'orders:update' },
      tag,
      summary: 'Move an order to its next status',
      description:
        'pending → paid → shipped → delivered; pending or paid → cancelled, which gives the stock back.',
      params: idParams,
      body: z.object({ status: orderStatus }),
      response: order,
      errors: ['order_not_found', 'order_status_conflict'],
      async handler({ params: { id }, body: { status } }) {
        return toOrder(await changeOrderStatus(parts, id, status));
      },
    }),
  ];
}
