import type { DatabaseSync } from 'node:sqlite';

/** Named JSON values that are kept with the rest of the state. */
export interface Settings {
  get<T>(name: string): T | undefined;
  set(name: string, value: unknown): void;
  remove(name: string): void;
}

export function createSettings(db: DatabaseSync): Settings {
  const read = db.prepare('SELECT value FROM settings WHERE name = ?');
  const write = db.prepare('INSERT OR REPLACE INTO settings (name, value) VALUES (?, ?)');
  const erase = db.prepare('DELETE FROM settings WHERE name = ?');
  return {
    get<T>(name: string) {
      const row = read.get(name);
      return row === undefined ? undefined : (JSON.parse(String(row.value)) as T);
    },
    set: (name, value) => void write.run(name, JSON.stringify(value)),
    remove: (name) => void erase.run(name),
  };
}
