import { randomBytes } from 'node:crypto';
import type { SessionRow } from '../sessions/session.ts';
import type { UserJson } from '../users/user.ts';
import { type ClaimsTemplate, renderClaims } from './claims-template.ts';
import type { SigningKeys } from './signing-keys.ts';

/** Session tokens live for a minute; the browser fetches the next one in time. */
export const TOKEN_LIFETIME_S = 60;
const ALLOWED_SKEW_S = 10;
/** Clerk's mark of a session token, by which the SDK tells it from other tokens. */
const SESSION_TOKEN_CATEGORY = 'cl_B7d4PD111AAA';

export interface TokenRequest {
  session: SessionRow;
  user: UserJson;
  /** `https://` and the host in the publishable key. */
  issuer: string;
  /** The origin of the page that the token is for (`azp`). Without one the claim is left out. */
  origin: string | undefined;
  template: ClaimsTemplate;
  /** When it is issued, in milliseconds since the epoch. */
  issuedAt: number;
  /** How long ago the user signed in, in milliseconds. */
  signedInForMs: number;
  lifetimeS: number;
}

/** Signs a session token of version 2 (clerk.com/docs/guides/sessions/session-tokens). */
export function mintSessionToken(keys: SigningKeys, request: TokenRequest): string {
  const { session, user, origin, issuer, template, issuedAt, signedInForMs, lifetimeS } = request;
  const iat = Math.floor(issuedAt / 1000);
  const claims = {
    ...renderClaims(template, user),
    ...(origin !== undefined && { azp: origin }),
    exp: iat + lifetimeS,
    // Minutes since the first and the second factor were verified; -1: never.
    fva: [Math.floor(signedInForMs / 60_000), -1],
    iat,
    iss: issuer,
    jti: randomBytes(10).toString('hex'),
    nbf: iat - ALLOWED_SKEW_S,
    sid: session.id,
    sts: 'active',
    sub: user.id,
    v: 2,
  };
  return keys.sign(claims, { cat: SESSION_TOKEN_CATEGORY });
}
