import type { Clock } from '@frontdesk/emulator-kit';
import { newId } from '../ids.ts';
import type { SessionJson } from '../sessions/session.ts';
import type { UserJson } from '../users/user.ts';
import type { MessageStore } from './message-store.ts';

/** Who made the call that caused an event. */
export interface Caller {
  ip: string;
  userAgent: string;
}

interface DeletedUser {
  object: 'user';
  id: string;
  deleted: true;
  external_id?: string;
}

/** What each event carries. */
export interface EventData {
  'user.created': UserJson;
  'user.updated': UserJson;
  'user.deleted': DeletedUser;
  'session.created': SessionEvent;
  'session.ended': SessionEvent;
  'session.removed': SessionEvent;
  'session.revoked': SessionEvent;
}
type SessionEvent = SessionJson & { user: UserJson };

/** Writes an event into the outbox, in the transaction of the change that caused it. */
export type Emit = <T extends keyof EventData>(type: T, data: EventData[T], caller: Caller) => void;

export interface EmitOptions {
  clock: Clock;
  instanceId: string;
  messages: MessageStore;
  /** How a new message sets out. */
  plan(now: number): Plan;
}

/** When a new message is sent for the first time (null: never), in which place, and how many times more than once. */
export interface Plan {
  state: 'pending' | 'unsent' | 'dropped';
  dueAt: number | null;
  rank: number;
  copies: number;
}

/** Events in Clerk's envelope, times in milliseconds. */
export function createEmit({ clock, instanceId, messages, plan }: EmitOptions): Emit {
  return (type, data, caller) => {
    const now = clock.now();
    const id = newId('msg', now);
    const changedAt = 'updated_at' in data ? data.updated_at : now;
    const body = JSON.stringify({
      data,
      event_attributes: { http_request: { client_ip: caller.ip, user_agent: caller.userAgent } },
      instance_id: instanceId,
      object: 'event',
      timestamp: Math.max(now, changedAt),
      type,
    });
    const { state, dueAt, rank, copies } = plan(now);
    messages.add({ id, type, body, state, due_at: dueAt, rank, copies, created_at: now });
  };
}
