const DAY_MS = 86_400_000;
/** How many wrong codes an instance with user lockout allows; nothing here uses them up. */
const VERIFICATION_ATTEMPTS = 100;

/** A user as stored. Times are milliseconds since the epoch, flags 0 or 1, metadata JSON text. */
export interface UserRow {
  seq: number;
  id: string;
  external_id: string | null;
  username: string | null;
  first_name: string | null;
  last_name: string | null;
  locale: string | null;
  primary_email_address_id: string | null;
  public_metadata: string;
  private_metadata: string;
  unsafe_metadata: string;
  password_updated_at: number | null;
  banned: number;
  locked_until: number | null;
  delete_self_enabled: number;
  create_organization_enabled: number;
  create_organizations_limit: number | null;
  bypass_client_trust: number;
  legal_accepted_at: number | null;
  last_sign_in_at: number | null;
  last_active_at: number | null;
  created_at: number;
  updated_at: number;
}

/** An e-mail address as stored. */
export interface EmailRow {
  seq: number;
  id: string;
  user_seq: number;
  email_address: string;
  verified: number;
  reserved: number;
  created_at: number;
  updated_at: number;
}

export type EmailAddressJson = ReturnType<typeof emailAddressJson>;
export type UserJson = ReturnType<typeof userJson>;

/** An e-mail address in Clerk's form. What the Backend API verifies bears the strategy `admin`. */
export function emailAddressJson(row: EmailRow) {
  return {
    id: row.id,
    object: 'email_address',
    email_address: row.email_address,
    reserved: row.reserved === 1,
    verification:
      row.verified === 1
        ? {
            object: 'verification_admin',
            status: 'verified',
            strategy: 'admin',
            attempts: null,
            expire_at: null,
          }
        : null,
    linked_to: [],
    matches_sso_connection: false,
    created_at: row.created_at,
    updated_at: row.updated_at,
  };
}

/** A user in Clerk's form, private metadata included: what the Backend API answers and what webhooks carry. */
export function userJson(row: UserRow, emails: readonly EmailRow[], instanceId: string, now: number) {
  const locked = row.locked_until !== null && row.locked_until > now;
  const image = defaultImage(row, instanceId);
  return {
    id: row.id,
    object: 'user',
    username: row.username,
    first_name: row.first_name,
    last_name: row.last_name,
    locale: row.locale,
    image_url: image,
    profile_image_url: image,
    has_image: false,
    primary_email_address_id: row.primary_email_address_id,
    primary_phone_number_id: null,
    primary_web3_wallet_id: null,
    password_enabled: row.password_updated_at !== null,
    password_last_updated_at: row.password_updated_at,
    two_factor_enabled: false,
    totp_enabled: false,
    backup_code_enabled: false,
    mfa_enabled_at: null,
    mfa_disabled_at: null,
    email_addresses: emails.map(emailAddressJson),
    phone_numbers: [],
    web3_wallets: [],
    passkeys: [],
    external_accounts: [],
    saml_accounts: [],
    enterprise_accounts: [],
    organization_memberships: [],
    public_metadata: JSON.parse(row.public_metadata) as Record<string, unknown>,
    private_metadata: JSON.parse(row.private_metadata) as Record<string, unknown>,
    unsafe_metadata: JSON.parse(row.unsafe_metadata) as Record<string, unknown>,
    external_id: row.external_id,
    banned: row.banned === 1,
    locked,
    deprovisioned: false,
    lockout_expires_in_seconds: locked ? Math.ceil((Number(row.locked_until) - now) / 1000) : null,
    verification_attempts_remaining: VERIFICATION_ATTEMPTS,
    delete_self_enabled: row.delete_self_enabled === 1,
    create_organization_enabled: row.create_organization_enabled === 1,
    create_organizations_limit: row.create_organizations_limit,
    bypass_client_trust: row.bypass_client_trust === 1,
    legal_accepted_at: row.legal_accepted_at,
    last_sign_in_at: row.last_sign_in_at,
    // Clerk tells the day and no more.
    last_active_at: row.last_active_at === null ? null : row.last_active_at - (row.last_active_at % DAY_MS),
    created_at: row.created_at,
    updated_at: row.updated_at,
  };
}

/** The address of the picture with initials that Clerk gives to a user without one. Nothing here serves it. */
function defaultImage(row: UserRow, instanceId: string): string {
  const initials = [row.first_name, row.last_name].map((name) => name?.trim()[0] ?? '').join('');
  const picture = { type: 'default', iid: instanceId, rid: row.id, initials: initials.toUpperCase() };
  return `https://img.clerk.com/${Buffer.from(JSON.stringify(picture)).toString('base64url')}`;
}
