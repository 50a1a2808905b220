import type { Fields } from '../http/input.ts';

const NAMES = {
  external_id: { kind: 'string', nullable: true },
  first_name: { kind: 'string', nullable: true },
  last_name: { kind: 'string', nullable: true },
  locale: { kind: 'string', nullable: true },
  username: { kind: 'string', nullable: true },
} as const satisfies Fields;

const PASSWORD = {
  password: { kind: 'string', nullable: true },
  password_digest: { kind: 'string', nullable: true },
  password_hasher: { kind: 'string' },
  skip_password_checks: { kind: 'boolean', nullable: true },
  totp_secret: { kind: 'unsupported' },
  backup_codes: { kind: 'unsupported' },
} as const satisfies Fields;

const PERMISSIONS = {
  delete_self_enabled: { kind: 'boolean', nullable: true },
  create_organization_enabled: { kind: 'boolean', nullable: true },
  create_organizations_limit: { kind: 'integer', nullable: true },
  bypass_client_trust: { kind: 'boolean', nullable: true },
  legal_accepted_at: { kind: 'time', nullable: true },
  skip_legal_checks: { kind: 'boolean', nullable: true },
  created_at: { kind: 'time', nullable: true },
} as const satisfies Fields;

/** `PATCH` and `PUT /users/{user_id}/metadata`. */
export const METADATA_FIELDS = {
  public_metadata: { kind: 'object' },
  private_metadata: { kind: 'object' },
  unsafe_metadata: { kind: 'object' },
} as const satisfies Fields;

/** `POST /users` */
export const CREATE_FIELDS = {
  ...NAMES,
  ...PASSWORD,
  ...PERMISSIONS,
  ...METADATA_FIELDS,
  email_address: { kind: 'strings' },
  email_address_identification_status: { kind: 'strings' },
  skip_password_requirement: { kind: 'boolean', nullable: true },
  skip_user_requirement: { kind: 'boolean', nullable: true },
  banned: { kind: 'boolean', nullable: true },
  locked: { kind: 'boolean', nullable: true },
  phone_number: { kind: 'unsupported' },
  phone_number_identification_status: { kind: 'unsupported' },
  web3_wallet: { kind: 'unsupported' },
} as const satisfies Fields;

/** `PATCH /users/{user_id}`; since version 2026-05-12 without metadata. */
export const UPDATE_FIELDS = {
  ...NAMES,
  ...PASSWORD,
  ...PERMISSIONS,
  primary_email_address_id: { kind: 'string', nullable: true },
  notify_primary_email_address_changed: { kind: 'boolean', nullable: true },
  sign_out_of_other_sessions: { kind: 'boolean', nullable: true },
  primary_phone_number_id: { kind: 'unsupported' },
  primary_web3_wallet_id: { kind: 'unsupported' },
  profile_image_id: { kind: 'unsupported' },
} as const satisfies Fields;
