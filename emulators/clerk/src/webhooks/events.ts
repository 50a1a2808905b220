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
interface EventData {
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
  /** Whether there is an address to send to. */
  hasEndpoint(): boolean;
  /** Called with the sequence number of each new message that is to be sent. */
  afflict(seq: number): void;
}

/** Events in Clerk's envelope, times in milliseconds. */
export function createEmit({ clock, instanceId, messages, hasEndpoint, afflict }: EmitOptions): Emit {
  return (type, data, caller) => {
    const now = clock.now();
    const changedAt = 'updated_at' in data ? data.updated_at : now;
    const body = JSON.stringify({
      data,
      event_attributes: { http_request: { client_ip: caller.ip, user_agent: caller.userAgent } },
      instance_id: instanceId,
      object: 'event',
      timestamp: Math.max(now, changedAt),
      type,
    });
    const message = { id: newId('msg', now), type, body, created_at: now };
    if (!hasEndpoint()) messages.add({ ...message, state: 'unsent', due_at: null });
    else afflict(messages.add({ ...message, state: 'pending', due_at: now }));
  };
}
