import { type HandledType, mirrorEvent } from './clerk-event.ts';
import type { EraseUser } from './erase-user.ts';
import { svixIdOf } from './forward.ts';
import type { Ledger } from './ledger.ts';
import type { Outcome } from './mirror.ts';
import type { Provision } from './provision.ts';
import type { UserStore } from './user-store.ts';

export interface HandleEventOptions {
  store: UserStore;
  ledger: Ledger;
  provision: Provision;
  eraseUser: EraseUser;
}

/** A webhook's event as Inngest hands it to a function. */
export interface IncomingEvent {
  id?: string;
  name: string;
  ts?: number;
  data?: unknown;
}

export interface Handled {
  clerkId: string;
  outcome: Outcome;
  /** Whether the user has a welcome e-mail coming. */
  isWelcomeDue: boolean;
}

/** Brings one event of Clerk into the mirror, and notes in the ledger how that ended. Done twice, it does no harm. */
export function createHandleEvent({ store, ledger, provision, eraseUser }: HandleEventOptions) {
  return async (incoming: IncomingEvent): Promise<Handled> => {
    const type = typeOf(incoming);
    const at = { timestamp: incoming.ts ?? 0, svixId: svixIdOf(incoming.id ?? '') };
    const event = mirrorEvent(type, incoming.data, at);
    const { clerkId } = event;
    if (event.kind === 'deleted') {
      const outcome = await eraseUser(clerkId, at);
      await ledger.settle({ ...at, type, clerkId }, outcome);
      return { clerkId, outcome, isWelcomeDue: false };
    }
    let stored = await store.apply(event);
    if (stored.outcome === 'unknownUser') {
      // The session ended before the user's own webhook came. Where Clerk has no such user, there is nobody to refuse.
      if ((await provision(clerkId)) !== null) stored = await store.apply(event);
    }
    const outcome = stored.outcome === 'unknownUser' ? 'stale' : stored.outcome;
    await ledger.settle({ ...at, type, clerkId }, outcome);
    return { clerkId, outcome, isWelcomeDue: Boolean(stored.user?.sync.welcomeDueAt) };
  };
}

export function typeOf({ name }: Pick<IncomingEvent, 'name'>): HandledType {
  return name.replace(/^clerk\./, '') as HandledType;
}
