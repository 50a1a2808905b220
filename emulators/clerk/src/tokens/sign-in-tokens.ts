import { refuse } from '../http/api-error.ts';
import { type Fields, readInput } from '../http/input.ts';
import type { Route } from '../http/router.ts';
import { newId } from '../ids.ts';
import type { Instance } from '../instance.ts';
import type { UserRow } from '../users/user.ts';
import { findUser } from '../users/user-view.ts';

const DEFAULT_LIFETIME_S = 2_592_000;

const CREATE_FIELDS = {
  user_id: { kind: 'string', required: true },
  expires_in_seconds: { kind: 'integer', nullable: true },
  org_id: { kind: 'unsupported' },
} as const satisfies Fields;

/** A sign-in token as stored. */
interface SignInTokenRow {
  id: string;
  user_id: string;
  status: 'pending' | 'accepted' | 'revoked';
  token: string;
  expire_at: number;
  created_at: number;
  updated_at: number;
}

/** `/v1/sign_in_tokens` of the Backend API. */
export function signInTokenRoutes(instance: Instance): Route[] {
  return [
    {
      method: 'POST',
      path: '/v1/sign_in_tokens',
      handler: ({ body }) => {
        const input = readInput(body, CREATE_FIELDS);
        const lifetimeS = input.expires_in_seconds ?? DEFAULT_LIFETIME_S;
        if (lifetimeS < 1)
          throw refuse.badValue('expires_in_seconds', 'expires_in_seconds must be at least 1.');
        return create(instance, findUser(instance, input.user_id), lifetimeS);
      },
    },
    {
      method: 'POST',
      path: '/v1/sign_in_tokens/:id/revoke',
      handler: ({ param }) => {
        const row = byId(instance, param('id'));
        if (row === undefined) throw refuse.notFound();
        if (row.status !== 'pending') throw refuse.signInTokenNotPending(row.status);
        return setStatus(instance, row, 'revoked');
      },
    },
  ];
}

/**
 * Uses a sign-in token up, as its user would by following its address.
 *
 * @throws ApiError 404 for an unknown one, 400 for one that is used, revoked or out of date
 */
export function acceptSignInToken(instance: Instance, token: string): UserRow {
  const row = instance.storage.db.prepare('SELECT * FROM sign_in_tokens WHERE token = ?').get(token) as
    | SignInTokenRow
    | undefined;
  if (row === undefined) throw refuse.notFound();
  const expired = row.expire_at <= instance.clock.now();
  if (row.status !== 'pending' || expired) throw refuse.signInTokenUnusable(expired ? 'expired' : row.status);
  setStatus(instance, row, 'accepted');
  return findUser(instance, row.user_id);
}

function create(instance: Instance, user: UserRow, lifetimeS: number) {
  const { clock, identity, keys, storage } = instance;
  const now = clock.now();
  const id = newId('sit', now);
  const exp = Math.floor(now / 1000) + lifetimeS;
  const token = keys.sign({ eid: id, exp, iid: identity.instanceId, st: 'sign_in_token' });
  storage.db
    .prepare(
      `INSERT INTO sign_in_tokens (id, user_id, status, token, expire_at, created_at, updated_at)
       VALUES (?, ?, 'pending', ?, ?, ?, ?)`,
    )
    .run(id, user.id, token, now + lifetimeS * 1000, now, now);
  return view(instance, byId(instance, id) as SignInTokenRow);
}

function byId({ storage }: Instance, id: string): SignInTokenRow | undefined {
  return storage.db.prepare('SELECT * FROM sign_in_tokens WHERE id = ?').get(id) as
    | SignInTokenRow
    | undefined;
}

function setStatus(instance: Instance, row: SignInTokenRow, status: SignInTokenRow['status']) {
  const updatedAt = Math.max(instance.clock.now(), row.updated_at + 1);
  instance.storage.db
    .prepare('UPDATE sign_in_tokens SET status = ?, updated_at = ? WHERE id = ?')
    .run(status, updatedAt, row.id);
  return view(instance, { ...row, status, updated_at: updatedAt });
}

function view({ identity }: Instance, row: SignInTokenRow) {
  return {
    object: 'sign_in_token',
    id: row.id,
    user_id: row.user_id,
    token: row.token,
    status: row.status,
    url: `${identity.issuer}/v1/tickets/accept?ticket=${row.token}`,
    created_at: row.created_at,
    updated_at: row.updated_at,
  };
}
