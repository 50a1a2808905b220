import { createPublicKey, type JsonWebKey } from 'node:crypto';
import type { Logger } from 'pino';
import { EnvError } from '../config/env.ts';
import { type fetchSigningKeys, SecretKeyRefused } from './fetch-keys.ts';

export interface CheckKeysOptions {
  /** `CLERK_JWT_KEY`, where it is set. */
  jwtKey: string | undefined;
  fetchKeys(): ReturnType<typeof fetchSigningKeys>;
  log: Logger;
}

/**
 * Asks Clerk once, at the start, whether the keys belong together: with wrong ones every single token would be refused,
 * and nobody could tell why. Where Clerk cannot be asked, the start goes on.
 *
 * @throws EnvError where Clerk refuses the secret key, or does not know `CLERK_JWT_KEY`
 */
export async function checkKeys({ jwtKey, fetchKeys, log }: CheckKeysOptions): Promise<void> {
  const keys = await fetchKeys().then(
    (set) => set.keys,
    (error: unknown) => {
      if (error instanceof SecretKeyRefused) {
        throw new EnvError([
          'CLERK_SECRET_KEY is refused by Clerk: copy it again from Clerk’s dashboard, API keys; it may have been rotated',
        ]);
      }
      log.warn({ err: error }, 'Clerk could not be asked whether the keys belong together');
      return undefined;
    },
  );
  if (jwtKey === undefined || keys === undefined) return;
  const { n } = createPublicKey(jwtKey).export({ format: 'jwk' });
  if (keys.some((key: JsonWebKey) => key.n === n)) return;
  throw new EnvError([
    'CLERK_JWT_KEY is not a key of the instance that CLERK_SECRET_KEY belongs to: copy both from the same instance, or leave CLERK_JWT_KEY out and the keys are fetched from Clerk',
  ]);
}
