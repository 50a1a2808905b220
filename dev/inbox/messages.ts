import { randomUUID } from 'node:crypto';
import type { Storage } from '@frontdesk/emulator-kit';

export interface Message {
  id: string;
  /** When it arrived, ISO 8601 UTC. */
  at: string;
  /** Its Message-ID; the same for a mail that was sent twice. */
  messageId: string;
  from: string;
  /** Everybody it was delivered to, as the envelope says, in lower case. */
  to: string[];
  subject: string;
  text: string;
  /** Null: it has no HTML part. */
  html: string | null;
}

/** The mails that have arrived. */
export interface Messages {
  add(mail: Omit<Message, 'id' | 'at'>): void;
  /** The newest first; with an address, those delivered to it. */
  list(to?: string): Message[];
  find(id: string): Message | undefined;
  clear(): void;
}

export const migrations = [
  'CREATE TABLE messages (seq INTEGER PRIMARY KEY, id TEXT UNIQUE NOT NULL, message TEXT NOT NULL)',
];

export function createMessages({ db }: Storage): Messages {
  const insert = db.prepare('INSERT INTO messages (id, message) VALUES (?, ?)');
  const all = db.prepare('SELECT message FROM messages ORDER BY seq DESC');
  const one = db.prepare('SELECT message FROM messages WHERE id = ?');
  const clear = db.prepare('DELETE FROM messages');
  const read = (row: Record<string, unknown>) => JSON.parse(String(row.message)) as Message;
  return {
    add(mail) {
      const id = randomUUID();
      insert.run(id, JSON.stringify({ id, at: new Date().toISOString(), ...mail }));
    },
    list(to) {
      const mails = all.all().map(read);
      return to === undefined ? mails : mails.filter((mail) => mail.to.includes(to.toLowerCase()));
    },
    find(id) {
      const row = one.get(id);
      return row === undefined ? undefined : read(row);
    },
    clear: () => void clear.run(),
  };
}
