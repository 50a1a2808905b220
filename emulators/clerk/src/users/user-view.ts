import { refuse } from '../http/api-error.ts';
import type { Instance } from '../instance.ts';
import { type UserJson, type UserRow, userJson } from './user.ts';

/** A user in Clerk's form. */
export function viewUser(instance: Instance, row: UserRow): UserJson {
  const { users, identity, clock } = instance;
  return userJson(row, users.emailsOf(row.seq), identity.instanceId, clock.now());
}

/** Many users in Clerk's form, in the order given. */
export function viewUsers({ users, identity, clock }: Instance, rows: readonly UserRow[]): UserJson[] {
  const emails = users.emailsOfAll(rows.map(({ seq }) => seq));
  return rows.map((row) => userJson(row, emails.get(row.seq) ?? [], identity.instanceId, clock.now()));
}

/** @throws ApiError 404 `resource_not_found` */
export function findUser({ users }: Instance, id: string): UserRow {
  const row = users.find(id);
  if (row === undefined) throw refuse.userNotFound(id);
  return row;
}
