import { createPublicKey, type JsonWebKey } from 'node:crypto';
import { jwtKeyFault } from '../config/keys.ts';
import { HttpError } from '../http/errors.ts';

export interface SigningKeys {
  /**
   * The public key of a key id as PEM, or undefined where the instance has no such key.
   *
   * @throws HttpError `clerk_unavailable` where no key was ever had and Clerk cannot be asked
   */
  find(kid: string): Promise<string | undefined>;
}

export interface SigningKeysOptions {
  /** Fetches the key set (RFC 7517). */
  fetchKeys(): Promise<{ keys: JsonWebKey[] }>;
  now: () => number;
  /** Called when a key that was there is gone: what it signed is no longer valid. */
  onRemoved(): void;
  /** After how many ms a set is fetched again: in the background, for a removed key to be noticed. */
  maxAgeMs?: number;
  /** At most one fetch for unknown key ids in so many ms. */
  cooldownMs?: number;
}

/** How soon to ask again while no key was ever had, ms. */
const RETRY_MS = 1000;

/**
 * Clerk's signing keys: fetched once for however many requests wait, again for an unknown key id at most once in the
 * cooldown, and kept when Clerk cannot be reached.
 */
export function createSigningKeys(options: SigningKeysOptions): SigningKeys {
  const { fetchKeys, now, onRemoved, maxAgeMs = 300_000, cooldownMs = 30_000 } = options;
  let keys: ReadonlyMap<string, string> | undefined;
  let triedAt = Number.NEGATIVE_INFINITY;
  let failure: unknown;
  let flight: Promise<void> | undefined;

  const fetchOnce = (): Promise<void> => {
    flight ??= refresh().finally(() => {
      flight = undefined;
    });
    return flight;
  };

  async function refresh(): Promise<void> {
    triedAt = now();
    try {
      const next = pemsById((await fetchKeys()).keys);
      if (next.size === 0) throw new Error('Clerk has no RSA-2048 signing key');
      const before = keys;
      keys = next;
      failure = undefined;
      if (before && [...before].some(([kid, pem]) => next.get(kid) !== pem)) onRemoved();
    } catch (error) {
      failure = error;
    }
  }

  return {
    async find(kid) {
      const age = now() - triedAt;
      const known = keys?.get(kid);
      if (known !== undefined) {
        if (age > maxAgeMs) void fetchOnce();
        return known;
      }
      if (flight || age >= (keys ? cooldownMs : RETRY_MS)) await fetchOnce();
      if (keys === undefined) {
        throw new HttpError('clerk_unavailable', { cause: failure, headers: { 'Retry-After': '1' } });
      }
      return keys.get(kid);
    },
  };
}

/** Those that the SDK can verify with (RSA-2048); others in the set do not make it unusable. */
function pemsById(keys: JsonWebKey[]): Map<string, string> {
  const pems = new Map<string, string>();
  for (const jwk of keys) {
    const pem = isForSignatures(jwk) ? pemOf(jwk) : undefined;
    if (typeof jwk.kid === 'string' && pem !== undefined) pems.set(jwk.kid, pem);
  }
  return pems;
}

/** RFC 7517, sections 4.2 and 4.3. */
const isForSignatures = ({ use, key_ops: operations }: JsonWebKey) =>
  use !== 'enc' && (!Array.isArray(operations) || operations.includes('verify'));

function pemOf(jwk: JsonWebKey): string | undefined {
  try {
    const key = createPublicKey({ key: jwk, format: 'jwk' });
    const pem = key.export({ type: 'spki', format: 'pem' }).toString();
    return jwtKeyFault(pem) === undefined ? pem : undefined;
  } catch {
    return undefined;
  }
}
