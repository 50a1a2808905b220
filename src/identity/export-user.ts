import type { Model } from 'mongoose';
import type { LedgerEvent } from './ledger-model.ts';
import type { UserStore } from './user-store.ts';

/** What else is held about a user, under the name that it has in the export. */
export type Exporters = Record<string, (clerkId: string) => Promise<unknown>>;

/** Everything that is held about a user. */
export async function exportUser(
  clerkId: string,
  { store, events, exporters }: { store: UserStore; events: Model<LedgerEvent>; exporters: Exporters },
) {
  const user = await store.read(clerkId);
  const others = await Promise.all(
    Object.entries(exporters).map(async ([name, collect]) => [name, await collect(clerkId)] as const),
  );
  const rows = await events.find({ clerkId }).sort({ receivedAt: 1 }).lean<LedgerEvent[]>();
  return {
    user,
    ...Object.fromEntries(others),
    clerkEvents: rows.map(({ _id, type, receivedAt, status, payload }) => ({
      id: _id,
      type,
      receivedAt: receivedAt.toISOString(),
      status,
      payload,
    })),
  };
}
