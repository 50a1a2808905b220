import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Connection } from 'mongoose';
import { leaseModel } from './lease-model.ts';

export interface LeaseHeld {
  /** Gives it back; without that, it ends by itself. */
  release(): Promise<void>;
}

export interface LeaseOptions {
  connection: Connection;
  /** How long it lasts if nobody gives it back, ms. */
  leaseMs: number;
  /** How long to wait for whoever has it, ms. */
  waitMs: number;
  now: () => number;
}

const DUPLICATE_KEY = 11000;
const AGAIN_MS = 50;

/**
 * Takes the right to do something alone, among all processes on one database.
 *
 * @returns null where somebody else had it all the time
 */
export async function takeLease(name: string, options: LeaseOptions): Promise<LeaseHeld | null> {
  const { connection, leaseMs, waitMs, now } = options;
  const leases = leaseModel(connection);
  const holder = randomUUID();
  const giveUpAt = now() + waitMs;

  async function isTaken(): Promise<boolean> {
    const at = now();
    try {
      // Where it has not ended, the filter matches nothing, and the insert meets its id.
      await leases.updateOne(
        { _id: name, until: { $lte: new Date(at) } },
        { $set: { holder, until: new Date(at + leaseMs) } },
        { upsert: true },
      );
      return false;
    } catch (error) {
      if ((error as { code?: unknown }).code === DUPLICATE_KEY) return true;
      throw error;
    }
  }

  while (await isTaken()) {
    if (now() >= giveUpAt) return null;
    await sleep(AGAIN_MS);
  }
  return {
    async release() {
      await leases.deleteOne({ _id: name, holder });
    },
  };
}
