import { refuse } from '../http/api-error.ts';
import { newId } from '../ids.ts';
import type { Instance } from '../instance.ts';
import type { Caller } from '../webhooks/events.ts';
import { changeUser } from './change-user.ts';
import { type EmailAddressJson, type EmailRow, emailAddressJson, type UserRow } from './user.ts';

/** Verified and reserved addresses belong to one user alone; an unverified one is nobody's yet. */
export type EmailStatus = 'verified' | 'reserved' | 'unverified';

/** @throws ApiError 404 `resource_not_found` */
export function findEmailAddress({ users }: Instance, id: string): { email: EmailRow; user: UserRow } {
  const email = users.findEmail(id);
  const user = email && users.findBySeq(email.user_seq);
  if (email === undefined || user === undefined) throw refuse.notFound();
  return { email, user };
}

/**
 * Stores an address of a user, and answers its id.
 *
 * @throws ApiError 422 `form_param_format_invalid` or `form_identifier_exists`
 */
export function addEmailAddress(
  instance: Instance,
  userSeq: number,
  address: string,
  status: EmailStatus,
  now: number,
): string {
  if (!/^[^\s@]+@[^\s@.]+(\.[^\s@.]+)+$/.test(address) || address.length > 254) {
    throw refuse.badFormat('email_address', 'a valid email address');
  }
  refuseTaken(instance, address, userSeq, undefined);
  const id = newId('idn', now);
  instance.users.addEmail({
    id,
    user_seq: userSeq,
    email_address: address,
    verified: status === 'verified' ? 1 : 0,
    reserved: status === 'reserved' ? 1 : 0,
    created_at: now,
    updated_at: now,
  });
  return id;
}

/** `POST /email_addresses` */
export function createEmailAddress(
  instance: Instance,
  user: UserRow,
  input: { address: string; verified: boolean; primary: boolean },
  caller: Caller,
): EmailAddressJson {
  const status = input.verified ? 'verified' : 'unverified';
  const id = addEmailAddress(instance, user.seq, input.address, status, instance.clock.now());
  const first = instance.users.emailsOf(user.seq).length === 1;
  changeUser(instance, user, input.primary || first ? { primary_email_address_id: id } : {}, caller);
  return emailAddressJson(findEmailAddress(instance, id).email);
}

/** `PATCH /email_addresses/{id}` */
export function updateEmailAddress(
  instance: Instance,
  id: string,
  input: { verified: boolean | undefined; primary: boolean | undefined },
  caller: Caller,
): EmailAddressJson {
  const { email, user } = findEmailAddress(instance, id);
  if (input.verified !== undefined) {
    if (input.verified) refuseTaken(instance, email.email_address, user.seq, email.id);
    instance.users.changeEmail(email.seq, {
      verified: input.verified ? 1 : 0,
      reserved: input.verified ? 0 : email.reserved,
      updated_at: Math.max(instance.clock.now(), email.updated_at + 1),
    });
  }
  const primary = input.primary ? { primary_email_address_id: id } : {};
  changeUser(instance, user, primary, caller);
  return emailAddressJson(findEmailAddress(instance, id).email);
}

/** `DELETE /email_addresses/{id}`. Where the primary address goes, the oldest of the others takes its place. */
export function deleteEmailAddress(instance: Instance, id: string, caller: Caller) {
  const { email, user } = findEmailAddress(instance, id);
  const others = instance.users.emailsOf(user.seq).filter((other) => other.id !== id);
  if (others.length === 0 && user.username === null) throw refuse.lastIdentification();
  instance.users.removeEmail(email.seq);
  const primary =
    user.primary_email_address_id === id ? { primary_email_address_id: others[0]?.id ?? null } : {};
  changeUser(instance, user, primary, caller);
  return { object: 'email_address', id, deleted: true };
}

/** `PUT /users/{id}/email_address`: one address in place of all the others. */
export function replaceEmailAddresses(
  instance: Instance,
  user: UserRow,
  input: { address: string; status: EmailStatus },
  caller: Caller,
): EmailAddressJson {
  for (const { seq } of instance.users.emailsOf(user.seq)) instance.users.removeEmail(seq);
  const id = addEmailAddress(instance, user.seq, input.address, input.status, instance.clock.now());
  changeUser(instance, user, { primary_email_address_id: id }, caller);
  return emailAddressJson(findEmailAddress(instance, id).email);
}

function refuseTaken({ users }: Instance, address: string, userSeq: number, self: string | undefined): void {
  const claimed = users
    .emailsWithAddress(address)
    .some((other) => other.id !== self && (other.user_seq === userSeq || other.verified || other.reserved));
  if (claimed) throw refuse.taken('email_address', 'email address');
}
