import type { Connection } from 'mongoose';
import { eraseAudit, exportAudit } from './admin/personal-data.ts';
import { eraseShopData, exportShopData } from './shop/personal-data.ts';

/** What every room but the mirror does when a user is deleted: each can be repeated. A new room with personal data adds its own. */
export function erasers(connection: Connection): ((clerkId: string) => Promise<void>)[] {
  return [(clerkId) => eraseShopData(connection, clerkId), (clerkId) => eraseAudit(connection, clerkId)];
}

/** What every room but the mirror holds about a user, by its name in the export. */
export function exporters(connection: Connection) {
  return {
    shop: (clerkId: string) => exportShopData(connection, clerkId),
    audit: (clerkId: string) => exportAudit(connection, clerkId),
  };
}
