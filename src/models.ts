import type { Connection } from 'mongoose';
import { auditModel } from './admin/audit-model.ts';
import { leaseModel } from './admin/lease-model.ts';
import { ledgerModel } from './identity/ledger-model.ts';
import { syncRunModel } from './identity/sync-run.ts';
import { userModel } from './identity/user-model.ts';
import { orderModel } from './shop/order-model.ts';
import { productModel } from './shop/product-model.ts';

/** Makes every model known to a connection: with them, which collections and indexes there are. */
export function registerModels(connection: Connection): void {
  const identity = [userModel, ledgerModel, syncRunModel];
  const shop = [productModel, orderModel];
  const admin = [auditModel, leaseModel];
  for (const model of [...identity, ...shop, ...admin]) model(connection);
}
