import { createPrivateKey, createPublicKey, generateKeyPair, type KeyObject, sign } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import { promisify } from 'node:util';
import type { Clock } from '@frontdesk/emulator-kit';
import { newId } from '../ids.ts';

/** RSA-2048 with e = 65537: the only kind of key that `CLERK_JWT_KEY` may hold. */
const MODULUS_BITS = 2048;

const generate = promisify(generateKeyPair);

interface SigningKey {
  kid: string;
  privateKey: KeyObject;
  /** SPKI PEM: what `CLERK_JWT_KEY` holds. */
  publicPem: string;
  createdAt: number;
}

/** The keys that sign session tokens. The newest signs; all of them are in the JWKS until they are removed. */
export interface SigningKeys {
  kid(): string;
  publicPem(): string;
  /** A signed JWT (RS256) of these claims. */
  sign(claims: object, header?: object): string;
  jwks(): { keys: object[] };
  list(): { kid: string; createdAt: number; signs: boolean }[];
  /** Makes a new key that signs from now on, and answers its id. */
  rotate(): Promise<string>;
  /** Takes an old key out of the JWKS. The one that signs stays: answers false for it and for an unknown id. */
  remove(kid: string): boolean;
}

export async function openSigningKeys(db: DatabaseSync, clock: Clock): Promise<SigningKeys> {
  const insert = db.prepare(
    'INSERT INTO signing_keys (kid, private_key, public_key, created_at) VALUES (?, ?, ?, ?)',
  );
  const erase = db.prepare('DELETE FROM signing_keys WHERE kid = ?');
  let keys = db.prepare('SELECT * FROM signing_keys ORDER BY created_at DESC, rowid DESC').all().map(readKey);

  const rotate = async () => {
    const pair = await generate('rsa', { modulusLength: MODULUS_BITS });
    const now = clock.now();
    const key: SigningKey = {
      kid: newId('ins', now),
      privateKey: pair.privateKey,
      publicPem: String(pair.publicKey.export({ type: 'spki', format: 'pem' })),
      createdAt: now,
    };
    const privatePem = String(pair.privateKey.export({ type: 'pkcs8', format: 'pem' }));
    insert.run(key.kid, privatePem, key.publicPem, now);
    keys = [key, ...keys];
    return key.kid;
  };
  if (keys.length === 0) await rotate();
  const current = () => keys[0] as SigningKey;

  return {
    kid: () => current().kid,
    publicPem: () => current().publicPem,
    sign: (claims, header) => signJwt(current(), claims, header),
    jwks: () => ({ keys: keys.map(jwk) }),
    list: () => keys.map(({ kid, createdAt }, place) => ({ kid, createdAt, signs: place === 0 })),
    rotate,
    remove(kid) {
      const place = keys.findIndex((key) => key.kid === kid);
      if (place < 1) return false;
      erase.run(kid);
      keys = keys.toSpliced(place, 1);
      return true;
    },
  };
}

function readKey(row: Record<string, unknown>): SigningKey {
  return {
    kid: String(row.kid),
    privateKey: createPrivateKey(String(row.private_key)),
    publicPem: String(row.public_key),
    createdAt: Number(row.created_at),
  };
}

function jwk({ kid, publicPem }: SigningKey): object {
  return { use: 'sig', kid, alg: 'RS256', ...createPublicKey(publicPem).export({ format: 'jwk' }) };
}

function signJwt({ kid, privateKey }: SigningKey, claims: object, header: object = {}): string {
  const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');
  const text = `${encode({ alg: 'RS256', ...header, kid, typ: 'JWT' })}.${encode(claims)}`;
  return `${text}.${sign('sha256', Buffer.from(text), privateKey).toString('base64url')}`;
}
