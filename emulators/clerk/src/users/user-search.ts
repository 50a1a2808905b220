import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import { refuse } from '../http/api-error.ts';
import type { Query } from '../http/query.ts';
import type { UserRow } from './user.ts';

/** Which column each order goes by. Users without a value come first going up and last going down, as NULL sorts. */
const ORDERS: Readonly<Record<string, string>> = {
  created_at: 'created_at',
  updated_at: 'updated_at',
  email_address:
    '(SELECT email_address FROM email_addresses WHERE id = users.primary_email_address_id) COLLATE NOCASE',
  first_name: 'first_name COLLATE NOCASE',
  last_name: 'last_name COLLATE NOCASE',
  username: 'username',
  last_active_at: 'last_active_at',
  last_sign_in_at: 'last_sign_in_at',
};
const UNSUPPORTED_ORDERS = ['web3wallet', 'phone_number'];
const UNSUPPORTED_FILTERS = [
  'phone_number',
  'phone_number_query',
  'web3_wallet',
  'organization_id',
  'provider',
  'provider_user_id',
];

/** A condition in SQL with the values of its question marks. */
interface Where {
  sql: string[];
  values: SQLInputValue[];
}

/**
 * The users that a list call asks for, one page of them. Equal values of the order are told apart by the order of
 * creation, so that pages neither skip nor repeat anyone.
 */
export function listUsers(db: DatabaseSync, query: Query): UserRow[] {
  const where = filters(query);
  const { limit, offset } = query.page();
  const order = readOrder(query.text('order_by') ?? '-created_at');
  const after = query.text('starting_after');
  query.done();
  if (after !== undefined) startAfter(db, where, after, order, offset);
  const direction = order.descending ? 'DESC' : 'ASC';
  const sql = `SELECT * FROM users ${clause(where)} ORDER BY ${order.column} ${direction}, seq ${direction} LIMIT ? OFFSET ?`;
  return db.prepare(sql).all(...where.values, limit, offset) as unknown as UserRow[];
}

/** How many users the filters of a call match. `limit`, `offset` and `order_by` are not for counting. */
export function countUsers(db: DatabaseSync, query: Query): number {
  const where = filters(query);
  query.done();
  return Number(db.prepare(`SELECT count(*) AS n FROM users ${clause(where)}`).get(...where.values)?.n);
}

const clause = ({ sql }: Where) => (sql.length === 0 ? '' : `WHERE ${sql.join(' AND ')}`);

function filters(query: Query): Where {
  query.unsupported(...UNSUPPORTED_FILTERS);
  const where: Where = { sql: [], values: [] };
  const add = (sql: string, ...values: SQLInputValue[]) => {
    where.sql.push(sql);
    where.values.push(...values);
  };

  const addresses = query.list('email_address');
  if (addresses.length > 0) {
    add(
      `seq IN (SELECT user_seq FROM email_addresses WHERE email_address IN (${marks(addresses)}))`,
      ...addresses,
    );
  }
  const usernames = query.list('username');
  if (usernames.length > 0) add(`username IN (${marks(usernames)})`, ...usernames);
  addSigned(add, 'id', query.list('user_id'));
  addSigned(add, 'external_id', query.list('external_id'));

  const text = query.text('query');
  if (text) {
    const like = pattern(text);
    add(
      `(id LIKE ? ESCAPE '\\' OR username LIKE ? ESCAPE '\\' OR first_name LIKE ? ESCAPE '\\'
        OR last_name LIKE ? ESCAPE '\\' OR ${FULL_NAME} LIKE ? ESCAPE '\\' OR ${HAS_EMAIL_LIKE})`,
      ...Array.from({ length: 6 }, () => like),
    );
  }
  const email = query.text('email_address_query');
  if (email) add(HAS_EMAIL_LIKE, pattern(email));
  const username = query.text('username_query');
  if (username) add(`username LIKE ? ESCAPE '\\'`, pattern(username));
  const name = query.text('name_query');
  if (name) add(`${FULL_NAME} LIKE ? ESCAPE '\\'`, pattern(name));

  const banned = query.flag('banned');
  if (banned !== undefined) add('banned = ?', banned ? 1 : 0);
  for (const column of ['created_at', 'last_active_at', 'last_sign_in_at']) {
    const before = query.integer(`${column}_before`);
    if (before !== undefined) add(`${column} < ?`, before);
    const later = query.integer(`${column}_after`);
    if (later !== undefined) add(`${column} > ?`, later);
  }
  const since = query.integer('last_active_at_since');
  if (since !== undefined) add('last_active_at >= ?', since);
  return where;
}

const FULL_NAME = "(coalesce(first_name, '') || ' ' || coalesce(last_name, ''))";
const HAS_EMAIL_LIKE =
  "EXISTS (SELECT 1 FROM email_addresses WHERE user_seq = users.seq AND email_address LIKE ? ESCAPE '\\')";

const marks = (values: readonly unknown[]) => values.map(() => '?').join(', ');
const pattern = (text: string) => `%${text.replace(/[\\%_]/g, '\\$&')}%`;

/** Ids with `+` or nothing before them are wanted, those with `-` are not. */
function addSigned(
  add: (sql: string, ...values: SQLInputValue[]) => void,
  column: string,
  signed: readonly string[],
): void {
  const wanted = signed.filter((id) => !id.startsWith('-')).map((id) => id.replace(/^\+/, ''));
  const unwanted = signed.filter((id) => id.startsWith('-')).map((id) => id.slice(1));
  if (wanted.length > 0) add(`${column} IN (${marks(wanted)})`, ...wanted);
  if (unwanted.length > 0) {
    add(`(${column} IS NULL OR ${column} NOT IN (${marks(unwanted)}))`, ...unwanted);
  }
}

interface Order {
  name: string;
  column: string;
  descending: boolean;
}

function readOrder(text: string): Order {
  const name = text.replace(/^[+-]/, '');
  if (UNSUPPORTED_ORDERS.includes(name)) throw refuse.notSupported(`Ordering users by ${name}`);
  const column = Object.hasOwn(ORDERS, name) ? ORDERS[name] : undefined;
  if (column === undefined) {
    throw refuse.badValue(
      'order_by',
      `${text} does not match one of the allowed values for parameter order_by`,
    );
  }
  return { name, column, descending: text.startsWith('-') };
}

function startAfter(db: DatabaseSync, where: Where, id: string, order: Order, offset: number): void {
  if (order.name !== 'created_at') {
    throw refuse.badValue('starting_after', 'starting_after goes with the order by created_at only.');
  }
  if (offset > 0) throw refuse.badValue('starting_after', 'starting_after does not go with an offset.');
  const last = db.prepare('SELECT created_at, seq FROM users WHERE id = ?').get(id);
  if (last === undefined) throw refuse.userNotFound(id);
  where.sql.push(`(created_at, seq) ${order.descending ? '<' : '>'} (?, ?)`);
  where.values.push(Number(last.created_at), Number(last.seq));
}
