import type { Collection } from 'mongodb';
import { isHandled } from '../../src/identity/clerk-event.ts';
import type { LedgerEvent } from '../../src/identity/ledger-model.ts';
import type { Delivery } from './clerk.ts';

/** How many rows there are in each status. */
export async function ledgerCounts(events: Collection<LedgerEvent>): Promise<Record<string, number>> {
  const counts = await events
    .aggregate<{ _id: string; count: number }>([{ $group: { _id: '$status', count: { $sum: 1 } } }])
    .toArray();
  return Object.fromEntries(counts.map(({ _id, count }) => [_id, count]));
}

const ENDED = ['applied', 'stale', 'duplicate'];

/** What is in the ledger, or not in it, and should not be so, given what Clerk has sent. */
export async function unaccountedFor(
  events: Collection<LedgerEvent>,
  sent: readonly Delivery[],
): Promise<string[]> {
  const rows = await events.find({}, { projection: { status: 1, type: 1, cause: 1, payload: 1 } }).toArray();
  const byId = new Map(rows.map((row) => [row._id, row]));
  const open = rows
    .filter(({ status, payload }) => ![...ENDED, 'forwarded'].includes(status) || payload !== null)
    .map(({ _id, type, status, cause }) => `${_id} (${type}) is ${status}${cause ? `: ${cause}` : ''}`);
  const missing = sent
    .filter(({ id, type }) => isHandled(type) && !ENDED.includes(byId.get(id)?.status ?? ''))
    .map(({ id, type }) => `${id} (${type}) was delivered, and is not handled`);
  const undelivered = sent
    .filter(({ state }) => state !== 'delivered')
    .map(({ id, type, state }) => `${id} (${type}) is ${state} at Clerk`);
  return [...undelivered, ...open, ...missing];
}
