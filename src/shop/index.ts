import type { Connection } from 'mongoose';
import type { Logger } from 'pino';
import type { Route } from '../http/route.ts';
import type { Directory } from '../identity/user.ts';
import { addressRoutes } from './address-routes.ts';
import { orderRoutes } from './order-routes.ts';
import { productRoutes } from './product-routes.ts';
import { profileRoutes } from './profile-routes.ts';
import { type Recovered, recoverOrders } from './recover-orders.ts';
import { wishlistRoutes } from './wishlist-routes.ts';

export interface ShopParts {
  connection: Connection;
  directory: Directory;
  /** ms since the epoch */
  now: () => number;
  log: Logger;
}

export interface Shop {
  routes: Route[];
  /** Repairs what a crash left of orders: to be called every minute. */
  recoverOrders(): Promise<Recovered>;
}

/** Profile, addresses, wishlist, products and orders. */
export function createShop(parts: ShopParts): Shop {
  return {
    routes: [
      ...profileRoutes(parts),
      ...addressRoutes(parts),
      ...wishlistRoutes(parts),
      ...productRoutes(parts),
      ...orderRoutes(parts),
    ],
    recoverOrders: () => recoverOrders(parts),
  };
}
