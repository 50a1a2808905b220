import type { Attempt, MessageRow, MessageState } from './message-store.ts';

/** A webhook message as it is shown: what it says, how it stands, and each attempt to deliver it. */
export interface Delivery {
  /** The `svix-id`. */
  id: string;
  type: string;
  state: MessageState;
  /** Milliseconds since the epoch. */
  createdAt: number;
  /** When the next try falls due; null where none does. */
  dueAt: number | null;
  /** The body as it is sent. */
  body: string;
  attempts: Attempt[];
}

export function deliveryOf(message: MessageRow, attempts: Attempt[]): Delivery {
  const { id, type, state, created_at, due_at, body } = message;
  return { id, type, state, createdAt: created_at, dueAt: due_at, body, attempts };
}
