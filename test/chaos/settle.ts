import type { Collection } from 'mongodb';
import type { LedgerEvent } from '../../src/identity/ledger-model.ts';
import type { User } from '../../src/identity/user.ts';
import type { Clerk } from './clerk.ts';
import type { InngestControl } from './inngest.ts';
import type { Parts } from './parts.ts';

const MINUTE = 60_000;
/** What failed twice, and three times, falls due within these (docs.svix.com/retries). */
const RETRIES = [5 * MINUTE, 30 * MINUTE];

export interface Mirror {
  users: Collection<User>;
  events: Collection<LedgerEvent>;
}

/**
 * Lets time pass until all is done that is under way, with the clocks of the backend and of Inngest turned together.
 *
 * @param within how many minutes may pass by those clocks
 * @returns how many did; Infinity where they were not enough
 */
export async function settle(
  { clerk, inngest, parts }: { clerk: Clerk; inngest: InngestControl; parts: Parts },
  mirror: Mirror,
  within: number,
): Promise<number> {
  await clerk.control('POST', '/idle');
  for (const ms of RETRIES) {
    await clerk.control('POST', '/advance', { ms });
    await clerk.control('POST', '/idle');
  }
  await inngest.idle();
  for (let minutes = 0; minutes <= within; minutes++) {
    if (!(await isUnderWay(mirror))) return minutes;
    parts.get('backend').send({ aheadMs: (minutes + 1) * MINUTE });
    await inngest.advance(MINUTE);
  }
  return Number.POSITIVE_INFINITY;
}

/** Whether somebody still has to see to something: events, mails that are due, erasures that were begun. */
async function isUnderWay({ users, events }: Mirror): Promise<boolean> {
  const counts = await Promise.all([
    events.countDocuments({ status: 'received' }),
    users.countDocuments({ 'sync.welcomeDueAt': { $ne: null } }),
    users.countDocuments({ status: 'deleted', 'sync.erasedAt': null }),
  ]);
  return counts.some((count) => count > 0);
}
