import type { Database } from './database.ts';

/** An app's registration: `config` is the JSON that it sent. */
interface StoredApp {
  name: string;
  url: string;
  config: string;
}

/** What outlives a restart besides events and runs: the apps and how far the clock was turned. */
export interface Settings {
  apps(): StoredApp[];
  saveApp(app: StoredApp): void;
  clockOffset(): number;
  saveClockOffset(ms: number): void;
}

export function createSettings(db: Database): Settings {
  const apps = db.read<StoredApp>('SELECT name, url, config FROM apps');
  const saveApp = db.write('INSERT OR REPLACE INTO apps (name, url, config) VALUES (?, ?, ?)');
  const get = db.read<{ value: string }>('SELECT value FROM settings WHERE key = ?');
  const set = db.write('INSERT OR REPLACE INTO settings (key, value) VALUES (?, ?)');
  return {
    apps: () => apps.all(),
    saveApp: ({ name, url, config }) => void saveApp(name, url, config),
    clockOffset: () => Number(get.first('clock_offset')?.value ?? 0),
    saveClockOffset: (ms) => void set('clock_offset', String(ms)),
  };
}
