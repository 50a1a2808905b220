import type { Model } from 'mongoose';
import { scrub } from '../config/log.ts';
import type { EventStatus, LedgerEvent } from './ledger-model.ts';
import type { Outcome } from './mirror.ts';

/** A verified webhook event, as it goes into the ledger and to Inngest. */
export interface ReceivedEvent {
  svixId: string;
  type: string;
  clerkId: string | null;
  /** ms */
  timestamp: number;
  /** What the mirror needs of the data; undefined for a type that it does not handle. */
  payload: Record<string, unknown> | undefined;
}

/** Which events: all that is given must hold. */
export interface EventFilter {
  id?: string;
  status?: EventStatus;
  type?: string;
  clerkId?: string;
}

/** How the handling of an event ended. */
export type Ending = Exclude<Outcome, 'unknownUser'>;

export interface Ledger {
  /** Notes events as received; one that is known already only counts one more delivery. */
  receive(events: ReceivedEvent[]): Promise<void>;
  /** Notes how an event ended. What it carried is dropped then: nothing personal stays with what is handled. */
  settle(
    event: Pick<ReceivedEvent, 'svixId' | 'type' | 'clerkId' | 'timestamp'>,
    outcome: Ending,
  ): Promise<void>;
  /** Makes an event a dead letter, with what the mirror would need to try again. */
  fail(event: ReceivedEvent, cause: string): Promise<void>;
  /** Takes the events whose time to be sent again has come, at most so many; nobody else gets the same ones. */
  claimDue(limit: number): Promise<LedgerEvent[]>;
  /** Gives back what was taken and could not be sent: it is due as before. */
  release(rows: readonly LedgerEvent[]): Promise<void>;
  /** Makes dead letters (or what is merely received) due to be sent again at once. Returns how many. */
  replay(filter: EventFilter): Promise<number>;
  /**
   * Removes what is personal from the events of a deleted user. Those that are open are stale with that, all but the one
   * under way, which is the deletion itself.
   */
  erase(clerkId: string, underWay?: string): Promise<void>;
}

/** How long what was received may take before it is sent again, ms. */
const FIRST_RESEND_MS = 30_000;
const LONGEST_WAIT_MS = 60 * 60_000;

/** Sent again so often in vain, over more than half a day, an event becomes a dead letter. */
const MOST_RESENDS = 20;

/** How long a row is kept, ms. What comes after that is still harmless: the order of versions decides. */
const KEPT_MS = 90 * 24 * 60 * 60_000;

const HANDLED = ['applied', 'stale', 'duplicate', 'forwarded'] as const;

/** An error's text without what it may hold about somebody: MongoDB quotes the values of a duplicate key. */
const impersonal = (cause: string) => scrub(cause.replace(/dup key: .*/s, 'dup key'));

/** The ledger of webhook events, `clerk_events`. */
export function createLedger({ events, now }: { events: Model<LedgerEvent>; now: () => number }): Ledger {
  const rows = events.collection;

  function blank({ type, clerkId, timestamp }: Omit<ReceivedEvent, 'svixId' | 'payload'>) {
    return {
      type,
      clerkId,
      timestamp,
      receivedAt: new Date(now()),
      resends: 0,
      expiresAt: new Date(now() + KEPT_MS),
    };
  }

  function received(event: ReceivedEvent) {
    const isHandled = event.payload !== undefined;
    return {
      ...blank(event),
      status: isHandled ? 'received' : 'forwarded',
      resendAt: isHandled ? new Date(now() + FIRST_RESEND_MS) : null,
      payload: event.payload ?? null,
      handledAt: null,
      cause: null,
    };
  }

  /** Updates a row, or makes it where the webhook could not; a row that is handled already is left as it is. */
  async function close(
    event: Omit<ReceivedEvent, 'payload'>,
    changes: { status: EventStatus; payload: Record<string, unknown> | null; cause: string | null },
  ): Promise<void> {
    const set = { ...changes, resendAt: null, handledAt: new Date(now()) };
    const open = { _id: event.svixId, status: { $nin: HANDLED } };
    const update = { $set: set, $setOnInsert: { ...blank(event), deliveries: 0 } };
    try {
      await rows.updateOne(open as never, update as never, { upsert: true });
    } catch (error) {
      // The row is there and handled: then the filter matched nothing and the insert met its id.
      if ((error as { code?: unknown }).code !== 11000) throw error;
    }
  }

  return {
    async receive(received_) {
      if (received_.length === 0) return;
      await rows.bulkWrite(
        received_.map((event) => ({
          updateOne: {
            filter: { _id: event.svixId },
            update: { $setOnInsert: received(event), $inc: { deliveries: 1 } },
            upsert: true,
          },
        })) as never,
        { ordered: false },
      );
    },

    async settle(event, outcome) {
      await close(event, { status: outcome, payload: null, cause: null });
    },

    async fail(event, cause) {
      await close(event, { status: 'failed', payload: event.payload ?? null, cause: impersonal(cause) });
    },

    async claimDue(limit) {
      const due = await events
        .find({ resendAt: { $lte: new Date(now()) } })
        .sort({ resendAt: 1 })
        .limit(limit)
        .lean<LedgerEvent[]>();
      const claimed: LedgerEvent[] = [];
      for (const row of due) {
        const claim = { _id: row._id, status: 'received', resendAt: row.resendAt };
        if (row.resends >= MOST_RESENDS) {
          const cause = `sent to Inngest ${row.resends + 1} times and never handled`;
          await rows.updateOne(claim as never, { $set: { status: 'failed', resendAt: null, cause } });
          continue;
        }
        const wait = Math.min(FIRST_RESEND_MS * 2 ** (row.resends + 1), LONGEST_WAIT_MS);
        const { modifiedCount } = await rows.updateOne(claim as never, {
          $set: { resendAt: new Date(now() + wait) },
          $inc: { resends: 1 },
        });
        if (modifiedCount === 1) claimed.push({ ...row, resends: row.resends + 1 });
      }
      return claimed;
    },

    async release(claimed) {
      const ids = claimed.map(({ _id }) => _id);
      const update = { $set: { resendAt: new Date(now()) }, $inc: { resends: -1 } };
      await rows.updateMany({ _id: { $in: ids }, status: 'received' } as never, update);
    },

    async replay({ id, ...filter }) {
      const which = {
        status: { $in: ['failed', 'received'] },
        ...filter,
        ...(id === undefined ? {} : { _id: id }),
      };
      const { modifiedCount } = await rows.updateMany(which as never, {
        $set: { status: 'received', resendAt: new Date(now()), handledAt: null, resends: 0 },
      });
      return modifiedCount;
    },

    async erase(clerkId, underWay = '') {
      const others = { clerkId, _id: { $ne: underWay } };
      await rows.updateMany({ ...others, status: { $in: ['received', 'failed'] } } as never, {
        $set: { status: 'stale', resendAt: null, handledAt: new Date(now()) },
      });
      await rows.updateMany(others as never, { $set: { payload: null, cause: null } });
    },
  };
}
