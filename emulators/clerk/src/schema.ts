/** The SQL that leads from each schema version to the next; only ever append. Times are milliseconds since the epoch. */
export const migrations: readonly string[] = [
  `
  CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

  CREATE TABLE signing_keys (
    kid TEXT PRIMARY KEY,
    private_key TEXT NOT NULL,
    public_key TEXT NOT NULL,
    created_at INTEGER NOT NULL
  );

  CREATE TABLE users (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    external_id TEXT UNIQUE,
    username TEXT COLLATE NOCASE UNIQUE,
    first_name TEXT,
    last_name TEXT,
    locale TEXT,
    primary_email_address_id TEXT,
    public_metadata TEXT NOT NULL,
    private_metadata TEXT NOT NULL,
    unsafe_metadata TEXT NOT NULL,
    password_updated_at INTEGER,
    banned INTEGER NOT NULL,
    locked_until INTEGER,
    delete_self_enabled INTEGER NOT NULL,
    create_organization_enabled INTEGER NOT NULL,
    create_organizations_limit INTEGER,
    bypass_client_trust INTEGER NOT NULL,
    legal_accepted_at INTEGER,
    last_sign_in_at INTEGER,
    last_active_at INTEGER,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
  );
  CREATE INDEX users_by_creation ON users (created_at, seq);

  CREATE TABLE email_addresses (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    user_seq INTEGER NOT NULL REFERENCES users (seq) ON DELETE CASCADE,
    email_address TEXT NOT NULL COLLATE NOCASE,
    verified INTEGER NOT NULL,
    reserved INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
  );
  CREATE INDEX email_addresses_by_address ON email_addresses (email_address);
  CREATE INDEX email_addresses_by_user ON email_addresses (user_seq);

  CREATE TABLE sessions (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    client_id TEXT NOT NULL,
    status TEXT NOT NULL,
    last_active_at INTEGER NOT NULL,
    expire_at INTEGER NOT NULL,
    abandon_at INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
  );
  CREATE INDEX sessions_by_user ON sessions (user_id);
  CREATE INDEX sessions_by_client ON sessions (client_id);

  CREATE TABLE sign_in_tokens (
    id TEXT PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    status TEXT NOT NULL,
    token TEXT NOT NULL UNIQUE,
    expire_at INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
  );
  CREATE INDEX sign_in_tokens_by_user ON sign_in_tokens (user_id);

  CREATE TABLE messages (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    type TEXT NOT NULL,
    body TEXT NOT NULL,
    state TEXT NOT NULL,
    tries INTEGER NOT NULL,
    due_at INTEGER,
    rank INTEGER NOT NULL,
    copies INTEGER NOT NULL,
    created_at INTEGER NOT NULL
  );
  CREATE INDEX messages_due ON messages (due_at, rank, seq) WHERE due_at IS NOT NULL;

  CREATE TABLE attempts (
    seq INTEGER PRIMARY KEY,
    message_seq INTEGER NOT NULL REFERENCES messages (seq) ON DELETE CASCADE,
    reason TEXT NOT NULL,
    url TEXT NOT NULL,
    headers TEXT NOT NULL,
    started_at INTEGER NOT NULL,
    duration_ms INTEGER NOT NULL,
    status INTEGER,
    answer TEXT,
    error TEXT
  );
  CREATE INDEX attempts_by_message ON attempts (message_seq);
  `,
];
