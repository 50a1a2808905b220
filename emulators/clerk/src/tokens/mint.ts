import type { Instance } from '../instance.ts';
import type { SessionRow } from '../sessions/session.ts';
import { findUser, viewUser } from '../users/user-view.ts';
import { type ClaimsTemplate, DEFAULT_TEMPLATE } from './claims-template.ts';
import { mintSessionToken, TOKEN_LIFETIME_S } from './session-token.ts';

/** The origin that tokens name as `azp` until another one is set. */
const DEFAULT_ORIGIN = 'http://localhost:3000';

export interface MintOptions {
  /** 60 by default. */
  lifetimeSeconds?: number | undefined;
  /** How long ago it was issued, in seconds: with more than its lifetime, it has expired. */
  ageSeconds?: number | undefined;
  /** The `azp`; null leaves the claim out. */
  origin?: string | null | undefined;
}

/** Signs a token for a session, by the instance's template and, unless told otherwise, for its origin. */
export function mintFor(instance: Instance, session: SessionRow, options: MintOptions = {}): string {
  const { identity, keys, clock } = instance;
  const origin = options.origin === undefined ? tokenOrigin(instance) : options.origin;
  return mintSessionToken(keys, {
    session,
    user: viewUser(instance, findUser(instance, session.user_id)),
    issuer: identity.issuer,
    origin: origin ?? undefined,
    template: claimsTemplate(instance),
    // By the machine's clock, not the emulator's: whoever checks the token compares it with its own.
    issuedAt: Date.now() - (options.ageSeconds ?? 0) * 1000,
    signedInForMs: clock.now() - session.created_at,
    lifetimeS: options.lifetimeSeconds ?? TOKEN_LIFETIME_S,
  });
}

/** The claims that tokens bear beyond Clerk's own. */
export function claimsTemplate({ settings }: Instance): ClaimsTemplate {
  return settings.get<ClaimsTemplate>('template') ?? DEFAULT_TEMPLATE;
}

/** The `azp` of tokens; null where the claim is left out. */
export function tokenOrigin({ settings }: Instance): string | null {
  const origin = settings.get<string | null>('origin');
  return origin === undefined ? DEFAULT_ORIGIN : origin;
}
