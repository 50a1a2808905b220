import { refuse } from '../http/api-error.ts';
import { type Input, isObject } from '../http/input.ts';
import { newId } from '../ids.ts';
import type { Instance } from '../instance.ts';
import { revokeSessionsOf } from '../sessions/session-changes.ts';
import type { Caller } from '../webhooks/events.ts';
import { announceUser, changeUser } from './change-user.ts';
import { addEmailAddress } from './email-addresses.ts';
import { mergeMetadata, metadataText } from './metadata.ts';
import { readProfile } from './profile.ts';
import type { UserJson, UserRow } from './user.ts';
import type { CREATE_FIELDS, METADATA_FIELDS, UPDATE_FIELDS } from './user-fields.ts';
import type { NewUser } from './user-store.ts';

const LOCK_MS = 3_600_000;

export function createUser(instance: Instance, input: Input<typeof CREATE_FIELDS>, caller: Caller): UserJson {
  const { users, clock } = instance;
  const addresses = input.email_address ?? [];
  const statuses = readStatuses(input.email_address_identification_status ?? [], addresses.length);
  if (addresses.length === 0 && !input.username && !input.skip_user_requirement)
    throw refuse.nothingIdentifies();
  const now = clock.now();
  const createdAt = input.created_at ?? now;
  const user: NewUser = {
    id: newId('user', now),
    external_id: null,
    username: null,
    first_name: null,
    last_name: null,
    locale: null,
    primary_email_address_id: null,
    public_metadata: metadataText('public_metadata', input.public_metadata ?? {}),
    private_metadata: metadataText('private_metadata', input.private_metadata ?? {}),
    unsafe_metadata: metadataText('unsafe_metadata', input.unsafe_metadata ?? {}),
    password_updated_at: null,
    banned: input.banned ? 1 : 0,
    locked_until: input.locked ? now + LOCK_MS : null,
    delete_self_enabled: 1,
    create_organization_enabled: 1,
    create_organizations_limit: null,
    bypass_client_trust: 0,
    legal_accepted_at: null,
    last_sign_in_at: null,
    last_active_at: null,
    created_at: createdAt,
    updated_at: createdAt,
    ...readProfile(instance, input, undefined),
  };
  const seq = users.add(user);
  const ids = addresses.map((address, place) =>
    addEmailAddress(instance, seq, address, statuses[place] ?? 'verified', createdAt),
  );
  if (ids[0] !== undefined) users.change(seq, { primary_email_address_id: ids[0] });
  return announceUser(instance, 'user.created', seq, caller);
}

export function updateUser(
  instance: Instance,
  row: UserRow,
  input: Input<typeof UPDATE_FIELDS>,
  caller: Caller,
): UserJson {
  const change: Partial<NewUser> = readProfile(instance, input, row);
  if (input.created_at != null) change.created_at = input.created_at;
  if (input.primary_email_address_id != null) {
    change.primary_email_address_id = readPrimaryEmail(instance, row, input.primary_email_address_id);
  }
  const updated = changeUser(instance, row, change, caller);
  if (input.sign_out_of_other_sessions) revokeSessionsOf(instance, row.id, caller);
  return updated;
}

/** Replaces each kind of metadata that is given. */
export function replaceMetadata(
  instance: Instance,
  row: UserRow,
  input: Input<typeof METADATA_FIELDS>,
  caller: Caller,
): UserJson {
  return changeMetadata(instance, row, input, (_, given) => given, caller);
}

/** Merges each kind of metadata that is given into what is there. */
export function mergeUserMetadata(
  instance: Instance,
  row: UserRow,
  input: Input<typeof METADATA_FIELDS>,
  caller: Caller,
): UserJson {
  return changeMetadata(instance, row, input, mergeMetadata, caller);
}

function changeMetadata(
  instance: Instance,
  row: UserRow,
  input: Input<typeof METADATA_FIELDS>,
  next: typeof mergeMetadata,
  caller: Caller,
): UserJson {
  const change: Partial<NewUser> = {};
  for (const name of ['public_metadata', 'private_metadata', 'unsafe_metadata'] as const) {
    const given = input[name];
    if (given === undefined) continue;
    const current: unknown = JSON.parse(row[name]);
    change[name] = metadataText(name, next(isObject(current) ? current : {}, given));
  }
  return changeUser(instance, row, change, caller);
}

/** Bans a user, which ends all of the user's sessions. */
export function banUser(instance: Instance, row: UserRow, caller: Caller): UserJson {
  const banned = changeUser(instance, row, { banned: 1 }, caller);
  revokeSessionsOf(instance, row.id, caller);
  return banned;
}

export function unbanUser(instance: Instance, row: UserRow, caller: Caller): UserJson {
  return changeUser(instance, row, { banned: 0 }, caller);
}

/** Locks a user out for an hour. Sessions stay as they are. */
export function lockUser(instance: Instance, row: UserRow, caller: Caller): UserJson {
  return changeUser(instance, row, { locked_until: instance.clock.now() + LOCK_MS }, caller);
}

export function unlockUser(instance: Instance, row: UserRow, caller: Caller): UserJson {
  return changeUser(instance, row, { locked_until: null }, caller);
}

/** Deletes a user, together with all sessions, e-mail addresses and sign-in tokens. */
export function deleteUser(instance: Instance, row: UserRow, caller: Caller) {
  const { users, emit } = instance;
  users.remove(row.seq);
  const deleted = {
    object: 'user',
    id: row.id,
    deleted: true,
    ...(row.external_id !== null && { external_id: row.external_id }),
  } as const;
  emit('user.deleted', deleted, caller);
  return deleted;
}

function readStatuses(statuses: readonly string[], addresses: number): ('verified' | 'reserved')[] {
  const name = 'email_address_identification_status';
  if (statuses.length > 0 && statuses.length !== addresses) {
    throw refuse.badValue(name, `${name} must have one item for each email address.`);
  }
  return statuses.map((status) => {
    if (status === 'verified' || status === 'reserved') return status;
    throw refuse.badValue(name, `${status} does not match one of the allowed values for parameter ${name}`);
  });
}

function readPrimaryEmail({ users }: Instance, row: UserRow, id: string): string {
  const email = users.findEmail(id);
  if (email === undefined || email.user_seq !== row.seq) throw refuse.notFound();
  if (email.verified === 0) throw refuse.unverified('primary_email_address_id');
  return id;
}
