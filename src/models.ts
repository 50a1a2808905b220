import type { Connection } from 'mongoose';
import { ledgerModel } from './identity/ledger-model.ts';
import { userModel } from './identity/user-model.ts';
import { orderModel } from './shop/order-model.ts';
import { productModel } from './shop/product-model.ts';

/** Makes every model known to a connection: with them, which collections and indexes there are. */
export function registerModels(connection: Connection): void {
  for (const model of [userModel, ledgerModel, productModel, orderModel]) model(connection);
}
