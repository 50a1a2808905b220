import { createPublicKey, type JsonWebKey } from 'node:crypto';
import type { Env } from '../../config/env.ts';
import { type Finding, fine, trouble } from '../finding.ts';

/** Whether `CLERK_JWT_KEY` is a key of the instance: with any other, every token is refused. */
export function checkSigningKey({ clerk: { jwtKey } }: Pick<Env, 'clerk'>, keys: JsonWebKey[]): Finding {
  if (jwtKey === undefined) return fine('CLERK_JWT_KEY is not set: the keys are fetched from Clerk');
  const modulus = createPublicKey(jwtKey).export({ format: 'jwk' }).n;
  if (keys.some(({ n }) => n === modulus)) return fine('CLERK_JWT_KEY is the instance’s');
  return trouble(
    'CLERK_JWT_KEY is not a key of this instance: every token is refused',
    'Copy the JWKS public key (PEM) again from Clerk’s dashboard, API keys; it changes when the keys are rotated. Or leave CLERK_JWT_KEY out.',
  );
}
