import { z } from 'zod';
import type { Lived } from './life.ts';
import type { PartName } from './parts.ts';
import type { Downtime } from './supervised.ts';

const mail = z.object({ messageId: z.string(), at: z.coerce.date(), subject: z.string() });
export type Mail = z.output<typeof mail>;

/** All mails that the inbox has taken, the oldest first. */
export async function readInbox(web: string): Promise<Mail[]> {
  const response = await fetch(`${web}/api/messages`);
  const { items } = z.object({ items: z.array(mail) }).parse(await response.json());
  return items.reverse();
}

export interface WelcomeMails {
  /** Users with a mail. */
  welcomed: number;
  /** Mails beyond the first of a user, by the part whose death explains it. */
  seconds: Record<'inbox' | 'backend', number>;
  /** What must not be. */
  wrong: string[];
}

/** How long after the mail server has taken a mail the backend is at noting it, ms, at most. */
const NOTED_WITHIN_MS = 500;
/** Where MongoDB was away meanwhile, so much longer than it was away: the backend has to find it again. */
const FOUND_WITHIN_MS = 1500;
/** By how much a mail may be later than the killing of who took it, ms. */
const DIES_WITHIN_MS = 100;

/**
 * Counts the welcome mails, and looks for an explanation of each one that is a second: the mail server died before it
 * could say that it had taken the first, or the backend before it had noted that. Nothing else explains one.
 */
export function judgeMails(
  mails: readonly Mail[],
  lived: readonly Lived[],
  downtimes: (part: PartName) => readonly Downtime[],
): WelcomeMails {
  const seconds = { inbox: 0, backend: 0 };
  const wrong: string[] = [];
  const people = new Map(lived.map((one) => [`<welcome-${one.clerkId}@shop.example>`, one]));
  const byId = Map.groupBy(mails, ({ messageId }) => messageId);
  for (const [messageId, copies] of byId) {
    if (people.get(messageId)?.hasAddress !== true)
      wrong.push(`${messageId} is for nobody who has an address`);
    for (const [index, { at }] of copies.slice(0, -1).entries()) {
      const next = copies[index + 1]?.at ?? at;
      const cause = (['inbox', 'backend'] as const).find((part) =>
        downtimes(part).some(({ from }) => mayExplain(from, at.getTime(), next.getTime())),
      );
      if (cause === undefined)
        wrong.push(`${messageId} was sent twice, at ${at.toISOString()} and ${next.toISOString()}`);
      else seconds[cause] += 1;
    }
  }
  for (const [messageId, { hasAddress, isDeleted }] of people) {
    if (hasAddress && !isDeleted && !byId.has(messageId)) wrong.push(`${messageId} was not sent`);
  }
  return { welcomed: byId.size, seconds, wrong };

  function mayExplain(killedAt: number, takenAt: number, nextAt: number): boolean {
    const away = downtimes('mongodb').reduce(
      (sum, { from, until }) => sum + Math.max(0, Math.min(until, killedAt) - Math.max(from, takenAt)),
      0,
    );
    const latest = takenAt + NOTED_WITHIN_MS + (away === 0 ? 0 : away + FOUND_WITHIN_MS);
    return killedAt >= takenAt - DIES_WITHIN_MS && killedAt <= Math.min(latest, nextAt);
  }
}
