import { z } from 'zod';
import type { Lived } from './life.ts';
import type { PartName } from './parts.ts';
import type { Supervised } from './supervised.ts';

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
  seconds: Record<Killer, number>;
  /** What must not be. */
  wrong: string[];
}

type Killer = 'inbox' | 'backend';
type GetPart = (name: PartName) => Pick<Supervised<unknown>, 'kills' | 'downtimes'>;

/** The backend sends so many at a time: one death, of it or of the mail server, explains no more second mails. */
const SENT_AT_ONCE = 5;
/** How long after the mail server has taken a mail the backend is at noting it, ms, at most. */
const NOTED_WITHIN_MS = 2000;
/** Where MongoDB goes away before, so long after it is back: the backend has to find it again. */
const FOUND_WITHIN_MS = 1500;
/** By how much a mail may be later than the killing of who took it, ms. */
const DIES_WITHIN_MS = 100;

/**
 * Counts the welcome mails, and looks for an explanation of each one that is a second: the mail server died before it
 * could say that it had taken the first, or the backend before it had noted that. Nothing else explains one.
 */
export function judgeMails(mails: readonly Mail[], lived: readonly Lived[], get: GetPart): WelcomeMails {
  const seconds = { inbox: 0, backend: 0 };
  const wrong: string[] = [];
  const people = new Map(lived.map((one) => [`<welcome-${one.clerkId}@shop.example>`, one]));
  const explain = createExplanations(get);
  const last = new Map<string, number>();
  for (const { messageId, at } of mails) {
    const before = last.get(messageId);
    last.set(messageId, at.getTime());
    if (before === undefined) continue;
    const cause = explain(before, at.getTime());
    if (cause !== undefined) seconds[cause] += 1;
    else
      wrong.push(`${messageId} was sent twice, at ${new Date(before).toISOString()} and ${at.toISOString()}`);
  }
  for (const messageId of last.keys()) {
    if (people.get(messageId)?.hasAddress !== true) wrong.push(`${messageId} is for nobody with an address`);
  }
  for (const [messageId, { hasAddress, isDeleted }] of people) {
    if (hasAddress && !isDeleted && !last.has(messageId)) wrong.push(`${messageId} was not sent`);
  }
  return { welcomed: last.size, seconds, wrong };
}

/** Finds the death that explains why a mail that was taken was sent again; each explains only so many. */
function createExplanations(get: GetPart) {
  const deaths = (['inbox', 'backend'] as const).flatMap((part) =>
    get(part).kills.map((at) => ({ part, at, left: SENT_AT_ONCE })),
  );
  function notedBy(takenAt: number): number {
    let by = takenAt + NOTED_WITHIN_MS;
    for (const { from, until } of get('mongodb').downtimes) {
      if (from <= by && until >= takenAt) by = Math.max(by, until + FOUND_WITHIN_MS);
    }
    return by;
  }
  return (takenAt: number, againAt: number): Killer | undefined => {
    const latest = { inbox: takenAt + NOTED_WITHIN_MS, backend: notedBy(takenAt) };
    const death = deaths.find(
      ({ part, at, left }) =>
        left > 0 && at >= takenAt - DIES_WITHIN_MS && at <= Math.min(latest[part], againAt),
    );
    if (death !== undefined) death.left -= 1;
    return death?.part;
  };
}
