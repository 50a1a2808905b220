import { refuse } from '../http/api-error.ts';
import type { Input } from '../http/input.ts';
import type { Instance } from '../instance.ts';
import type { UserRow } from './user.ts';
import type { CREATE_FIELDS, UPDATE_FIELDS } from './user-fields.ts';
import type { NewUser } from './user-store.ts';

const MIN_PASSWORD_LENGTH = 8;

type Profile = Pick<Input<typeof CREATE_FIELDS>, keyof typeof CREATE_FIELDS & keyof typeof UPDATE_FIELDS>;

/**
 * The part of a user that creating and updating share: what is given, checked.
 *
 * @param row the user that is updated, or undefined for a new one
 */
export function readProfile(instance: Instance, input: Profile, row: UserRow | undefined): Partial<NewUser> {
  const { users, clock } = instance;
  const profile: Partial<NewUser> = {};
  for (const name of ['first_name', 'last_name', 'locale'] as const) {
    if (input[name] !== undefined) profile[name] = input[name] || null;
  }
  if (input.external_id !== undefined) {
    const owner = input.external_id ? users.findByExternalId(input.external_id) : undefined;
    if (owner && owner.seq !== row?.seq) throw refuse.taken('external_id', 'external id');
    profile.external_id = input.external_id || null;
  }
  if (input.username !== undefined) {
    if (input.username) checkUsername(input.username);
    const owner = input.username ? users.findByUsername(input.username) : undefined;
    if (owner && owner.seq !== row?.seq) throw refuse.taken('username', 'username');
    profile.username = input.username || null;
  }
  if (input.password || input.password_digest) {
    if (input.password && input.password.length < MIN_PASSWORD_LENGTH && !input.skip_password_checks) {
      throw refuse.passwordTooShort('password');
    }
    if (input.password_digest && !input.password_hasher) throw refuse.missingParam('password_hasher');
    // Nobody can sign in with it here, so the password itself is not kept.
    profile.password_updated_at = clock.now();
  }
  for (const name of ['delete_self_enabled', 'create_organization_enabled', 'bypass_client_trust'] as const) {
    const given = input[name];
    if (given != null) profile[name] = given ? 1 : 0;
  }
  if (input.create_organizations_limit !== undefined) {
    profile.create_organizations_limit = input.create_organizations_limit;
  }
  if (input.legal_accepted_at !== undefined) profile.legal_accepted_at = input.legal_accepted_at;
  return profile;
}

function checkUsername(username: string): void {
  if (username.length < 4 || username.length > 64) throw refuse.usernameLength();
  if (!/^[a-zA-Z0-9_-]+$/.test(username)) throw refuse.usernameCharacter();
}
