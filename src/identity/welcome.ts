import { setTimeout as sleep } from 'node:timers/promises';
import type { Model } from 'mongoose';
import type { Mailer } from '../mail/mailer.ts';
import { welcomeEmail } from '../mail/welcome-email.ts';
import { atMost } from './at-most.ts';
import type { User } from './user.ts';

export interface WelcomeOptions {
  users: Model<User>;
  mailer: Mailer;
  now: () => number;
}

type WelcomeResult = 'sent' | 'notDue' | 'busy' | 'noAddress' | 'refused' | 'noMailer';

export interface Welcome {
  /**
   * Sends a user's welcome e-mail if it is due (B9); `busy` where it is being sent already, or too many others are.
   *
   * @throws what the mailer throws: it is due then as before
   */
  send(clerkId: string): Promise<WelcomeResult>;
  /** Users whose e-mail has been due for a while, at most so many; nobody else gets the same ones. */
  claimOverdue(limit: number): Promise<string[]>;
}

/** How long one process may be at sending, ms: longer than the mailer's own limits. */
const LEASE_MS = 120_000;

/** How long until the next attempt to note what was sent, ms. */
const NOTE_AGAIN_MS = 500;

/**
 * So many are sent at a time by one process. When it dies, these may be sent twice, and no more: whoever holds a lease is
 * at sending, and does not wait for others.
 */
const SENT_AT_ONCE = 5;

/** How long one waits for its turn, ms: with a mail server that hangs, a line would keep the process from ending. */
const TURN_MS = 5000;

/** When an e-mail that is due is overdue, ms, and how long until the next reminder. */
const OVERDUE_MS = 60_000;
const REMIND_MS = 15 * 60_000;

/** The welcome e-mail: due in the user's own document, so that it is neither forgotten nor sent twice. */
export function createWelcome({ users, mailer, now }: WelcomeOptions): Welcome {
  const rows = users.collection;
  const inTurn = atMost(SENT_AT_ONCE, { waitMs: TURN_MS });

  /** Each of these writes counts as a revision: a reducer that read before it starts again. */
  async function close(clerkId: string, sync: Record<string, Date | null>): Promise<void> {
    const set = Object.fromEntries(Object.entries(sync).map(([name, value]) => [`sync.${name}`, value]));
    await rows.updateOne(
      { clerkId, status: { $ne: 'deleted' } },
      { $set: { ...set, 'sync.welcomeLeaseUntil': null }, $inc: { 'sync.revision': 1 } },
    );
  }

  async function drop(clerkId: string, result: WelcomeResult): Promise<WelcomeResult> {
    await close(clerkId, { welcomeDueAt: null });
    return result;
  }

  /**
   * Notes that it was sent. Forgotten, it would be sent again, so a MongoDB that has gone away meanwhile is waited for, as
   * long as the lease keeps others from sending.
   */
  async function noteSent(clerkId: string, leaseUntil: number): Promise<void> {
    const sent = { welcomeDueAt: null, welcomedAt: new Date(now()) };
    for (;;) {
      try {
        return await close(clerkId, sent);
      } catch (error) {
        if (now() >= leaseUntil) throw error;
        await sleep(NOTE_AGAIN_MS);
      }
    }
  }

  async function send(clerkId: string): Promise<WelcomeResult> {
    const at = new Date(now());
    const leaseUntil = now() + LEASE_MS;
    const due = {
      clerkId,
      status: { $ne: 'deleted' },
      'sync.welcomeDueAt': { $ne: null },
      'sync.welcomedAt': null,
    };
    const free = [{ 'sync.welcomeLeaseUntil': null }, { 'sync.welcomeLeaseUntil': { $lte: at } }];
    const user = await rows.findOneAndUpdate(
      { ...due, $or: free } as never,
      { $set: { 'sync.welcomeLeaseUntil': new Date(leaseUntil) }, $inc: { 'sync.revision': 1 } },
      { returnDocument: 'after' },
    );
    if (user === null) return (await rows.findOne(due as never)) === null ? 'notDue' : 'busy';
    if (user.email === null) return drop(clerkId, 'noAddress');
    try {
      const sent = await mailer.send(welcomeEmail({ clerkId, name: user.name, to: user.email }));
      if (!sent) return drop(clerkId, 'noMailer');
    } catch (error) {
      if (isRefused(error)) return drop(clerkId, 'refused');
      await close(clerkId, {});
      throw error;
    }
    await noteSent(clerkId, leaseUntil);
    return 'sent';
  }

  return {
    send: async (clerkId) => (await inTurn(() => send(clerkId))) ?? 'busy',

    async claimOverdue(limit) {
      const before = new Date(now() - OVERDUE_MS);
      const overdue = await users
        .find({ 'sync.welcomeDueAt': { $lte: before } }, { clerkId: 1, 'sync.welcomeDueAt': 1 })
        .limit(limit)
        .lean<Pick<User, 'clerkId' | 'sync'>[]>();
      const claimed: string[] = [];
      for (const { clerkId, sync } of overdue) {
        const { modifiedCount } = await rows.updateOne(
          { clerkId, 'sync.welcomeDueAt': sync.welcomeDueAt },
          {
            $set: { 'sync.welcomeDueAt': new Date(now() - OVERDUE_MS + REMIND_MS) },
            $inc: { 'sync.revision': 1 },
          },
        );
        if (modifiedCount === 1) claimed.push(clerkId);
      }
      return claimed;
    },
  };
}

/** The mail server will never take mail for this address (RFC 5321, 4.2.1: 5yz is permanent). */
function isRefused(error: unknown): boolean {
  const { code, responseCode } = error as { code?: unknown; responseCode?: unknown };
  return code === 'EENVELOPE' && typeof responseCode === 'number' && responseCode >= 500;
}
