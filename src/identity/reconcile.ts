import type { Model } from 'mongoose';
import type { Logger } from 'pino';
import { type ClerkUser, clerkUser, snapshot } from './clerk-event.ts';
import { type ClerkPages, type ListedUser, PAGE_BY_ID } from './clerk-pages.ts';
import type { EraseUser } from './erase-user.ts';
import { apply, type MirrorEvent, type MirroredUser, type Profile } from './mirror.ts';
import type { User } from './user.ts';
import type { UserStore } from './user-store.ts';

/** In what the mirror and Clerk differ; each number counts users. */
export interface Drift {
  /** Of Clerk's users. */
  checked: number;
  /** In Clerk, not here. */
  missing: number;
  /** Here and in Clerk, but not the same. */
  different: number;
  /** Here, no longer in Clerk. */
  gone: number;
  /** Deleted here, still in Clerk: they stay deleted. */
  resurrected: number;
  /** In a form that the mirror does not know: left as they are. */
  unreadable: number;
}

export const NO_DRIFT: Drift = {
  checked: 0,
  missing: 0,
  different: 0,
  gone: 0,
  resurrected: 0,
  unreadable: 0,
};

/** Where to go on. */
export interface Cursor {
  /** The last users of the page before, the last one last. */
  after: string[];
  /** When the last of them was made, ms. */
  createdAt: number;
}

export const START: Cursor = { after: [], createdAt: -1 };

interface Page {
  /** null after the last page */
  next: Cursor | null;
  drift: Drift;
}

export interface ReconcileOptions {
  pages: ClerkPages;
  store: UserStore;
  users: Model<User>;
  eraseUser: EraseUser;
  now: () => number;
  log: Logger;
}

export interface Reconcile {
  /** Compares one page of Clerk's users with the mirror, and mends what differs unless `isDry`. */
  page(cursor: Cursor, options?: { isDry?: boolean }): Promise<Page>;
  /** How many users were found gone since then, and are still here; and how many users there are here. */
  gone(since: Date): Promise<{ gone: number; all: number }>;
  /** Erases some of those who were found gone since then, and finishes erasures that were interrupted. */
  eraseGone(since: Date): Promise<{ erased: number; isDone: boolean }>;
}

/** Ids kept of a page as its cursor: so many of the last may be deleted before the next page is asked for. */
const CURSOR_IDS = 10;

const ERASED_AT_ONCE = 100;

/**
 * Whether so many users can be gone: one in a hundred, or ten. Beyond, it is more likely that the key is of another
 * instance, and nobody is erased unless somebody says so.
 */
export function isPlausible({ gone, all }: { gone: number; all: number }): boolean {
  return gone <= Math.max(10, all / 100);
}

/** Finds and mends what differs between Clerk and the mirror: page by page, so that memory does not grow with the users. */
export function createReconcile({ pages, store, users, eraseUser, now, log }: ReconcileOptions): Reconcile {
  async function mirrored(ids: string[]): Promise<Map<string, MirroredUser>> {
    const shops = { _id: 0, address: 0, wishlist: 0 };
    const found = await users.find({ clerkId: { $in: ids } }, shops).lean<MirroredUser[]>();
    return new Map(found.map((user) => [user.clerkId, user]));
  }

  /** Those made in the page's time who are here and not in the page: asked for one by one, in case they only moved. */
  async function findGone(from: number, to: number, listed: Set<string>, isDry: boolean): Promise<number> {
    const made = { $gt: new Date(from), $lte: new Date(to) };
    const here = users
      .find({ createdAt: made, status: { $ne: 'deleted' } }, { _id: 0, clerkId: 1 })
      .lean<Pick<User, 'clerkId'>[]>()
      .cursor({ batchSize: 1000 });
    let gone = 0;
    let suspects: string[] = [];
    const ask = async () => {
      if (suspects.length === 0) return;
      const there = new Set((await pages.among(suspects)).map(({ id }) => id));
      const absent = suspects.filter((id) => !there.has(id));
      gone += absent.length;
      suspects = [];
      if (isDry || absent.length === 0) return;
      await users.updateMany({ clerkId: { $in: absent } }, { $set: { 'sync.goneAt': new Date(now()) } });
    };
    for await (const { clerkId } of here) {
      if (!listed.has(clerkId)) suspects.push(clerkId);
      if (suspects.length === PAGE_BY_ID) await ask();
    }
    await ask();
    return gone;
  }

  return {
    async page({ after, createdAt }, { isDry = false } = {}) {
      const askedAt = now();
      const listed = await pages.after(after);
      const known = await mirrored(listed.map(({ id }) => id));
      const drift = { ...NO_DRIFT, checked: listed.length };
      const toMend: { event: MirrorEvent; current: MirroredUser | null }[] = [];
      for (const one of listed) {
        const user = readable(one);
        if (user === undefined) {
          drift.unreadable += 1;
          log.warn({ clerkId: one.id }, 'user of an unknown form');
          continue;
        }
        const current = known.get(user.id) ?? null;
        const event = snapshot(user, askedAt, false);
        const kind = driftOf(current, event);
        if (kind === undefined) continue;
        drift[kind] += 1;
        if (kind !== 'resurrected') toMend.push({ event, current });
      }
      if (!isDry && toMend.length > 0) await store.applyAll(toMend);

      const last = listed.at(-1);
      const isLast = listed.length < pages.size || last === undefined;
      const until = isLast ? askedAt : last.created_at;
      drift.gone = await findGone(createdAt, until, new Set(listed.map(({ id }) => id)), isDry);
      if (isLast) return { next: null, drift };
      const cursor = listed.slice(-CURSOR_IDS).map(({ id }) => id);
      return { next: { after: cursor, createdAt: last.created_at }, drift };
    },

    async gone(since) {
      const gone = await users.countDocuments({ 'sync.goneAt': { $gte: since }, status: { $ne: 'deleted' } });
      const all = await users.countDocuments({ status: { $ne: 'deleted' } });
      return { gone, all };
    },

    async eraseGone(since) {
      const gone = await users
        .find(
          {
            $or: [
              { 'sync.goneAt': { $gte: since }, status: { $ne: 'deleted' } },
              { status: 'deleted', 'sync.erasedAt': null },
            ],
          },
          { clerkId: 1, status: 1 },
        )
        .limit(ERASED_AT_ONCE)
        .lean<Pick<User, 'clerkId' | 'status'>[]>();
      for (const { clerkId } of gone) await eraseUser(clerkId, { timestamp: now(), svixId: '' });
      const erased = gone.filter(({ status }) => status !== 'deleted').length;
      return { erased, isDone: gone.length === 0 };
    },
  };
}

export function addDrift(a: Drift, b: Drift): Drift {
  return {
    checked: a.checked + b.checked,
    missing: a.missing + b.missing,
    different: a.different + b.different,
    gone: a.gone + b.gone,
    resurrected: a.resurrected + b.resurrected,
    unreadable: a.unreadable + b.unreadable,
  };
}

function readable(user: ListedUser): ClerkUser | undefined {
  const parsed = clerkUser.safeParse(user);
  return parsed.success ? parsed.data : undefined;
}

/** How the mirror differs from what Clerk shows; undefined where it does not, or knows better. */
export function driftOf(current: MirroredUser | null, event: MirrorEvent) {
  if (current === null) return 'missing';
  if (current.status === 'deleted') return 'resurrected';
  const { next, outcome } = apply(current, event);
  return outcome === 'applied' && next !== null && !sameProfile(current, next) ? 'different' : undefined;
}

const FIELDS = ['email', 'emailVerified', 'name', 'imageUrl', 'role', 'status'] as const;

function sameProfile(a: Profile, b: Profile): boolean {
  return (
    FIELDS.every((field) => a[field] === b[field]) &&
    a.createdAt.getTime() === b.createdAt.getTime() &&
    a.updatedAt.getTime() === b.updatedAt.getTime()
  );
}
