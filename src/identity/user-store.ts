import type { Model } from 'mongoose';
import { type Applied, apply, type MirrorEvent, type MirroredUser, type Outcome } from './mirror.ts';
import type { User } from './user.ts';

interface Stored {
  outcome: Outcome;
  /** The user afterwards; null where there is none. */
  user: MirroredUser | null;
}

export interface UserStore {
  read(clerkId: string): Promise<User | null>;
  /** Those of some users that there are, by id, in one query. */
  readMany(clerkIds: string[]): Promise<Map<string, User>>;
  /** Applies one event: reads, lets the reducer decide, and writes if nobody else wrote meanwhile; else once more. */
  apply(event: MirrorEvent): Promise<Stored>;
  /**
   * Applies many events of different users in one write, where each user is still as it was read; the others one by one.
   */
  applyAll(events: readonly { event: MirrorEvent; current: MirroredUser | null }[]): Promise<void>;
  /** Notes that the last trace of a deleted user is gone. */
  markErased(clerkId: string): Promise<void>;
}

export interface UserStoreOptions {
  users: Model<User>;
  /** Told of each user that this process changed. */
  onChange(clerkId: string): void;
  now: () => number;
}

/** Rounds before it gives up: each lost one means that another event of the same user was stored. */
const ROUNDS = 50;

const DUPLICATE_KEY = 11000;

/** Reads and writes Clerk's half of `users`; the writes are compare-and-swap on `sync.revision`. */
export function createUserStore({ users, onChange, now }: UserStoreOptions): UserStore {
  async function read(clerkId: string): Promise<User | null> {
    return users.findOne({ clerkId }, { _id: 0 }).lean<User>();
  }

  async function readMany(clerkIds: string[]): Promise<Map<string, User>> {
    // The driver's own query: Mongoose's would cost as much again as the read.
    const found = await users.collection
      .find({ clerkId: { $in: clerkIds } }, { projection: { _id: 0 } })
      .toArray();
    return new Map((found as unknown as User[]).map((user) => [user.clerkId, user]));
  }

  /** Whether it was stored: false where somebody else was quicker. */
  async function write(current: MirroredUser | null, next: MirroredUser): Promise<boolean> {
    if (current === null) {
      try {
        await users.collection.insertOne(wholeUser(next) as never);
        return true;
      } catch (error) {
        if ((error as { code?: unknown }).code === DUPLICATE_KEY) return false;
        throw error;
      }
    }
    const { matchedCount } = await users.collection.updateOne(
      { clerkId: current.clerkId, 'sync.revision': current.sync.revision },
      { $set: clerkHalf(next) },
    );
    return matchedCount === 1;
  }

  async function applyOne(event: MirrorEvent): Promise<Stored> {
    for (let round = 0; round < ROUNDS; round++) {
      const current = await read(event.clerkId);
      const { next, outcome }: Applied = apply(current, event);
      if (next === current || next === null) return { outcome, user: next };
      if (await write(current, next)) {
        onChange(event.clerkId);
        return { outcome, user: next };
      }
    }
    throw new Error(`user changed ${ROUNDS} times while one event was being stored`);
  }

  return {
    read,
    readMany,
    apply: applyOne,
    async applyAll(events) {
      const writes = events.flatMap(({ event, current }) => {
        const { next } = apply(current, event);
        return next === null || next === current ? [] : [bulkWrite(current, next)];
      });
      if (writes.length === 0) return;
      const isWhole = await users.collection.bulkWrite(writes as never, { ordered: false }).then(
        ({ insertedCount, matchedCount }) => insertedCount + matchedCount === writes.length,
        (error: unknown) => {
          if ((error as { code?: unknown }).code === DUPLICATE_KEY) return false;
          throw error;
        },
      );
      // Somebody else wrote some of them meanwhile. What is stored already comes out as a duplicate.
      if (!isWhole) for (const { event } of events) await applyOne(event);
      for (const { event } of events) onChange(event.clerkId);
    },
    async markErased(clerkId) {
      await users.updateOne({ clerkId, status: 'deleted' }, { $set: { 'sync.erasedAt': new Date(now()) } });
    },
  };
}

function bulkWrite(current: MirroredUser | null, next: MirroredUser) {
  if (current === null) return { insertOne: { document: wholeUser(next) } };
  const filter = { clerkId: current.clerkId, 'sync.revision': current.sync.revision };
  return { updateOne: { filter, update: { $set: clerkHalf(next) } } };
}

const wholeUser = (user: MirroredUser) => ({ ...user, address: [], wishlist: [] });

/** The fields that the mirror writes. A tombstone takes the shop's half along: nothing personal stays. */
function clerkHalf({ clerkId: _, ...fields }: MirroredUser): Partial<User> {
  const { email, emailVerified, name, imageUrl, role, status, createdAt, updatedAt, sync } = fields;
  const half = { email, emailVerified, name, imageUrl, role, status, createdAt, updatedAt, sync };
  return status === 'deleted' ? { ...half, address: [], wishlist: [] } : half;
}
