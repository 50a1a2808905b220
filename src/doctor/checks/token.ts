import { createPublicKey, type JsonWebKey, verify } from 'node:crypto';
import { claimAt } from '../../auth/authority.ts';
import { ROLES } from '../../auth/roles.ts';
import { CLOCK_SKEW_MS } from '../../auth/verified-tokens.ts';
import type { Env } from '../../config/env.ts';
import { type Check, type Finding, fine, trouble } from '../finding.ts';
import { templateFor } from '../session-template.ts';

export interface TokenContext {
  env: Pick<Env, 'clerk' | 'adminReverifyMinutes'>;
  /** The instance's keys; none where Clerk could not be asked. */
  keys: JsonWebKey[];
  now: number;
}

interface Jwt {
  header: Record<string, unknown>;
  claims: Record<string, unknown>;
  signed: string;
  signature: Buffer;
}

const GET_A_SESSION_TOKEN = 'Send what Clerk’s `getToken()` answers in the browser, without a template.';

/** Whose a token says that it is, whether it is genuine or not. */
export function userOfToken(given: string): string | undefined {
  const sub = decoded(bare(given))?.claims.sub;
  return typeof sub === 'string' && /^user_\w+$/.test(sub) ? sub : undefined;
}

/** Explains a token claim by claim: `token`, then `token.<claim>` in the order in which the guard looks at them. */
export function checkToken(given: string, context: TokenContext): Check[] {
  const token = bare(given);
  const jwt = decoded(token);
  if (jwt === undefined) return [{ name: 'token', ...notJwt(token) }];
  const { header, claims } = jwt;
  const text = (name: string) => (typeof claims[name] === 'string' ? claims[name] : undefined);
  const ages = Array.isArray(claims.fva) ? claims.fva : undefined;
  const findings: Record<string, Finding> = {
    token: kindOf(header, claims),
    'token.signature': signatureOf(jwt, context),
    'token.exp': expiry(claims.exp, context.now),
    'token.nbf': start(claims.nbf ?? claims.iat, context.now),
    'token.iss': issuer(text('iss'), context.env.clerk.issuer),
    'token.azp': party(text('azp'), context.env.clerk.authorizedParties),
    'token.sts': status(text('sts')),
    'token.role': role(claims, context.env.clerk.roleClaim),
    ...(context.env.adminReverifyMinutes > 0 && {
      'token.fva': verified(ages, context.env.adminReverifyMinutes),
    }),
  };
  return Object.entries(findings).map(([name, finding]) => ({ name, ...finding }));
}

/** Without what stands in front of it in a header. */
const bare = (given: string) => given.trim().replace(/^(authorization:\s*)?bearer\s+/i, '');

function decoded(token: string): Jwt | undefined {
  const [header, claims, signature, ...rest] = token.split('.');
  if (!header || !claims || !signature || rest.length > 0) return undefined;
  try {
    return {
      header: object(header),
      claims: object(claims),
      signed: `${header}.${claims}`,
      signature: Buffer.from(signature, 'base64url'),
    };
  } catch {
    return undefined;
  }
}

function object(part: string): Record<string, unknown> {
  const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString());
  if (typeof value !== 'object' || value === null) throw new Error('not an object');
  return value as Record<string, unknown>;
}

function notJwt(token: string): Finding {
  if (/^(ak|mt|oat)_/.test(token)) {
    return trouble(
      'this is a machine token (API key, M2M or OAuth), and only session tokens count',
      GET_A_SESSION_TOKEN,
    );
  }
  return trouble('this is no token: a JWT has three parts, separated by dots', GET_A_SESSION_TOKEN);
}

function kindOf(header: Record<string, unknown>, claims: Record<string, unknown>): Finding {
  if (typeof claims.sub !== 'string' || !claims.sub.startsWith('user_') || header.typ === 'at+jwt') {
    return trouble('this is the token of a machine, and only session tokens count', GET_A_SESSION_TOKEN);
  }
  if (typeof header.cat === 'string' && header.cat !== 'cl_B7d4PD111AAA') {
    return trouble(
      'this token was made from a JWT template, and only session tokens count',
      GET_A_SESSION_TOKEN,
    );
  }
  return fine(`a session token of ${claims.sub}${claims.sid ? `, session ${String(claims.sid)}` : ''}`);
}

function signatureOf({ header, signed, signature }: Jwt, { env, keys }: TokenContext): Finding {
  const { jwtKey } = env.clerk;
  if (header.alg !== 'RS256') {
    return trouble(`signed with ${String(header.alg)}, and Clerk signs with RS256`, GET_A_SESSION_TOKEN);
  }
  const publicKeys = keys
    .filter(({ kty }) => kty === 'RSA')
    .map((key) => createPublicKey({ key, format: 'jwk' }));
  if (publicKeys.length === 0 && jwtKey !== undefined) publicKeys.push(createPublicKey(jwtKey));
  if (publicKeys.some((key) => verify('RSA-SHA256', Buffer.from(signed), key, signature))) {
    return fine('signed by this instance');
  }
  const isKnown = keys.some(({ kid }) => kid === header.kid);
  if (isKnown)
    return trouble(
      'the signature is not right: the token was changed, or not copied whole',
      'Copy it whole.',
    );
  return trouble(
    'signed with a key that this instance does not have',
    'The token is of another Clerk instance: the browser’s publishable key and the server’s keys must be of the same one.',
  );
}

function expiry(exp: unknown, now: number): Finding {
  if (typeof exp !== 'number') return trouble('does not say when it expires', GET_A_SESSION_TOKEN);
  const seconds = Math.round((exp * 1000 - now) / 1000);
  if (exp * 1000 > now - CLOCK_SKEW_MS)
    return fine(seconds >= 0 ? `valid for another ${seconds} s` : 'expiring now');
  return trouble(
    `expired since ${-seconds} s`,
    'Session tokens live 60 s: call `getToken()` before each request, it renews them by itself.',
  );
}

function start(nbf: unknown, now: number): Finding {
  const seconds = typeof nbf === 'number' ? Math.round((nbf * 1000 - now) / 1000) : 0;
  if (seconds * 1000 <= CLOCK_SKEW_MS) return fine('valid already');
  return trouble(
    `valid only in ${seconds} s: this machine’s clock is behind`,
    'Set the clock by the network.',
  );
}

function issuer(iss: string | undefined, expected: string): Finding {
  if (iss === expected) return fine(iss);
  return trouble(
    `${iss ?? 'no issuer'}, and CLERK_PUBLISHABLE_KEY is of ${expected}`,
    'Use the same publishable key in the browser and on the server.',
  );
}

function party(azp: string | undefined, authorized: readonly string[]): Finding {
  if (authorized.length === 0)
    return fine(`${azp ?? 'none'}; not looked at, for CLERK_AUTHORIZED_PARTIES is not set`);
  if (azp !== undefined && authorized.includes(azp)) return fine(azp);
  return trouble(
    `${azp ?? 'none'}, which is not in CLERK_AUTHORIZED_PARTIES`,
    azp === undefined
      ? 'The token was not made in a browser. Sign in on the page, and use its token.'
      : `If ${azp} is a page of yours, add it to CLERK_AUTHORIZED_PARTIES.`,
  );
}

function status(sts: string | undefined): Finding {
  if (sts !== 'pending') return fine(sts ?? 'active');
  return trouble(
    'pending: the user has a task to finish, such as choosing an organization',
    'Finish signing in.',
  );
}

function role(claims: object, path: string): Finding {
  const value = claimAt(claims, path);
  if (value === undefined) {
    return trouble(
      `the claim \`${path}\` is missing: everybody counts as \`user\``,
      `Add this to the session token in Clerk’s dashboard, Sessions, Customize session token: ${templateFor(path)}`,
    );
  }
  if (value === null || value === '') return fine(`\`${path}\` is there and empty: counts as \`user\``);
  if (ROLES.some((known) => known === value)) return fine(`\`${path}\`: ${String(value)}`);
  return trouble(
    `\`${path}\` is ${JSON.stringify(value)}, which is no role: counts as \`user\``,
    `Set "role" in the user’s public metadata to one of ${ROLES.join(', ')}.`,
  );
}

function verified(ages: unknown[] | undefined, minutes: number): Finding {
  const [first, second] = (ages ?? []).map(Number);
  if (first === undefined)
    return trouble('does not say when the user proved who he is', 'Use a token of Clerk’s version 2.');
  const age = second === undefined || second < 0 ? first : second;
  const message = `proved who he is ${age} minutes ago`;
  if (age >= 0 && age < minutes) return fine(message);
  return trouble(
    `${message}; administrators must have within ${minutes}`,
    'Prove it again: in the browser, Clerk’s `useReverification()` asks by itself.',
  );
}
