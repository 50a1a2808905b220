/** The SQL that leads from each version of the file to the next. Only ever append. Times are ms since the epoch. */
export const migrations: readonly string[] = [
  `
  CREATE TABLE settings (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

  -- An app that registered its functions; config is what it sent.
  CREATE TABLE apps (name TEXT PRIMARY KEY, url TEXT NOT NULL, config TEXT NOT NULL) WITHOUT ROWID;

  -- Every event received; body is the JSON that functions are given.
  CREATE TABLE events (
    seq INTEGER PRIMARY KEY, internal_id TEXT NOT NULL UNIQUE, name TEXT NOT NULL, received_at INTEGER NOT NULL,
    body TEXT NOT NULL
  );

  -- A function's run; event_ids is only set where it is not just event_id (a batch).
  CREATE TABLE runs (
    seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, function_id TEXT NOT NULL,
    event_id TEXT NOT NULL, event_ids TEXT, cron TEXT,
    status TEXT NOT NULL, created_at INTEGER NOT NULL, started_at INTEGER, ended_at INTEGER, output TEXT,
    version INTEGER NOT NULL, plans_steps INTEGER NOT NULL,
    invokers TEXT, priority INTEGER NOT NULL, slots TEXT, singleton TEXT
  );
  CREATE INDEX runs_by_event ON runs (event_id);
  CREATE INDEX runs_ended ON runs (ended_at) WHERE ended_at IS NOT NULL;
  CREATE INDEX runs_by_singleton ON runs (singleton) WHERE singleton IS NOT NULL AND ended_at IS NULL;

  -- A run's steps; result is what the SDK is given back, position the order in which they settled.
  CREATE TABLE steps (
    run_id TEXT NOT NULL, id TEXT NOT NULL, op TEXT NOT NULL, name TEXT NOT NULL, status TEXT NOT NULL,
    result TEXT, position INTEGER, attempts INTEGER NOT NULL, created_at INTEGER NOT NULL, ended_at INTEGER,
    PRIMARY KEY (run_id, id)
  ) WITHOUT ROWID;

  -- An attempt that failed, of a step or ('step') of the function's body.
  CREATE TABLE failures (
    run_id TEXT NOT NULL, step_id TEXT NOT NULL, attempt INTEGER NOT NULL, at INTEGER NOT NULL, error TEXT NOT NULL
  );
  CREATE INDEX failures_by_run ON failures (run_id);

  -- What is to be done at a time; score orders what is due (the time less the priority).
  CREATE TABLE jobs (
    id INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, run_id TEXT, function_id TEXT NOT NULL,
    step_id TEXT, attempt INTEGER NOT NULL, at INTEGER NOT NULL, score INTEGER NOT NULL, subject TEXT
  );
  CREATE INDEX jobs_by_run ON jobs (run_id) WHERE run_id IS NOT NULL;

  -- A run that waits for an event, or is cancelled by one. path and value: "event.<path> == async.<path>".
  CREATE TABLE pauses (
    id INTEGER PRIMARY KEY, kind TEXT NOT NULL, event TEXT NOT NULL, run_id TEXT NOT NULL, step_id TEXT,
    expression TEXT, path TEXT, value TEXT, expires_at INTEGER
  );
  CREATE INDEX pauses_by_event ON pauses (event, path, value);
  CREATE INDEX pauses_by_run ON pauses (run_id);

  -- Event ids seen, idempotency keys, and the clocks of rate limits and throttles.
  CREATE TABLE counters (key TEXT PRIMARY KEY, value REAL NOT NULL, expires_at INTEGER NOT NULL) WITHOUT ROWID;
  CREATE INDEX counters_by_expiry ON counters (expires_at);

  -- Events held back: the newest of a debounce, all of a batch that is not full.
  CREATE TABLE held_events (
    key TEXT NOT NULL, event_id TEXT NOT NULL, ts INTEGER NOT NULL, since INTEGER NOT NULL, invoker TEXT
  );
  CREATE INDEX held_by_key ON held_events (key);
  `,
];
