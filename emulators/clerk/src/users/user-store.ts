import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import type { EmailRow, UserRow } from './user.ts';

export type NewUser = Omit<UserRow, 'seq'>;
export type NewEmail = Omit<EmailRow, 'seq'>;

/** Users and their e-mail addresses in SQLite. */
export type UserStore = ReturnType<typeof createUserStore>;

const insertion = (table: string, columns: readonly string[]) =>
  `INSERT INTO ${table} (${columns.join(', ')}) VALUES (${columns.map((column) => `:${column}`).join(', ')})`;

const USER_COLUMNS: readonly (keyof NewUser)[] = [
  'id',
  'external_id',
  'username',
  'first_name',
  'last_name',
  'locale',
  'primary_email_address_id',
  'public_metadata',
  'private_metadata',
  'unsafe_metadata',
  'password_updated_at',
  'banned',
  'locked_until',
  'delete_self_enabled',
  'create_organization_enabled',
  'create_organizations_limit',
  'bypass_client_trust',
  'legal_accepted_at',
  'last_sign_in_at',
  'last_active_at',
  'created_at',
  'updated_at',
];
const EMAIL_COLUMNS: readonly (keyof NewEmail)[] = [
  'id',
  'user_seq',
  'email_address',
  'verified',
  'reserved',
  'created_at',
  'updated_at',
];

export function createUserStore(db: DatabaseSync) {
  const insertUser = db.prepare(insertion('users', USER_COLUMNS));
  const insertEmail = db.prepare(insertion('email_addresses', EMAIL_COLUMNS));
  const userById = db.prepare('SELECT * FROM users WHERE id = ?');
  const userBySeq = db.prepare('SELECT * FROM users WHERE seq = ?');
  const userByExternalId = db.prepare('SELECT * FROM users WHERE external_id = ?');
  const userByUsername = db.prepare('SELECT * FROM users WHERE username = ?');
  const deleteUser = db.prepare('DELETE FROM users WHERE seq = ?');
  const emailById = db.prepare('SELECT * FROM email_addresses WHERE id = ?');
  const emailsOfUser = db.prepare('SELECT * FROM email_addresses WHERE user_seq = ? ORDER BY seq');
  const emailsOfUsers = db.prepare(
    'SELECT * FROM email_addresses WHERE user_seq IN (SELECT value FROM json_each(?)) ORDER BY seq',
  );
  const emailsByAddress = db.prepare('SELECT * FROM email_addresses WHERE email_address = ?');
  const deleteEmail = db.prepare('DELETE FROM email_addresses WHERE seq = ?');

  const updates = new Map<string, StatementSync>();
  const update = (table: string, seq: number, change: object) => {
    const assignments = Object.keys(change).map((column) => `${column} = :${column}`);
    const sql = `UPDATE ${table} SET ${assignments.join(', ')} WHERE seq = :seq`;
    const statement = updates.get(sql) ?? db.prepare(sql);
    updates.set(sql, statement);
    statement.run({ ...change, seq });
  };

  return {
    /** Stores a user and answers its sequence number. */
    add: (user: NewUser) =>
      Number(insertUser.run(user as unknown as Record<string, SQLInputValue>).lastInsertRowid),
    find: (id: string) => userById.get(id) as UserRow | undefined,
    findBySeq: (seq: number) => userBySeq.get(seq) as UserRow | undefined,
    findByExternalId: (id: string) => userByExternalId.get(id) as UserRow | undefined,
    findByUsername: (name: string) => userByUsername.get(name) as UserRow | undefined,
    change: (seq: number, change: Partial<NewUser>) => update('users', seq, change),
    /** Removes a user together with the e-mail addresses, the sessions and the sign-in tokens. */
    remove: (seq: number) => void deleteUser.run(seq),

    addEmail: (email: NewEmail) => void insertEmail.run(email as unknown as Record<string, SQLInputValue>),
    findEmail: (id: string) => emailById.get(id) as EmailRow | undefined,
    emailsOf: (seq: number) => emailsOfUser.all(seq) as unknown as EmailRow[],
    /** The e-mail addresses of many users, by the users' sequence numbers. */
    emailsOfAll(seqs: readonly number[]): Map<number, EmailRow[]> {
      const rows = emailsOfUsers.all(JSON.stringify(seqs)) as unknown as EmailRow[];
      return Map.groupBy(rows, (row) => row.user_seq);
    },
    emailsWithAddress: (address: string) => emailsByAddress.all(address) as unknown as EmailRow[],
    changeEmail: (seq: number, change: Partial<NewEmail>) => update('email_addresses', seq, change),
    removeEmail: (seq: number) => void deleteEmail.run(seq),
  };
}
