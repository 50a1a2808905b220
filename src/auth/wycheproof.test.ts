import {
  constants,
  createPrivateKey,
  createPublicKey,
  hash,
  privateEncrypt,
  publicDecrypt,
} from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ClerkInstance, clerkInstance } from '../../test/support/clerk-instance.ts';
import { type Judges, startJudges } from '../../test/support/verdict.ts';
import vectors from '../../test/vectors/wycheproof-rs256.json' with { type: 'json' };

const bearer = (token: string) => ({ headers: ['Authorization', `Bearer ${token}`] });

describe.each(
  vectors.groups.map((group) => ({ title: `${group.comment} ${group.tests[0]?.tcId}`, ...group })),
)('Wycheproof, group $title', ({ key, tests }) => {
  const privateKey = createPrivateKey({ key, format: 'jwk' });
  const publicKey = createPublicKey(privateKey);
  const jwtKey = publicKey.export({ type: 'spki', format: 'pem' }).toString();
  const instance: ClerkInstance = { ...clerkInstance(), jwtKey, privateKey, publicKey };
  let judges: Judges;
  beforeAll(async () => {
    judges = await startJudges(instance);
  });
  afterAll(() => judges.stop());

  test('A4 no vector authenticates: none of them carries claims', async () => {
    for (const { tcId, jws } of tests) {
      expect({ tcId, ...(await judges.ours(bearer(jws))) }).toEqual({ tcId, status: 401, admitted: null });
    }
  });

  test('A4 a session token whose signature is made the vector’s way is valid where the vector is, and only there', async () => {
    let transplanted = 0;
    for (const { tcId, comment, jws, result } of tests) {
      const block = paddedDigest(jws);
      if (block === undefined) continue;
      transplanted += 1;
      const [head, claims] = (await instance.token()).split('.') as [string, string];
      const token = `${head}.${claims}.${sign(block, jws, `${head}.${claims}`)}`;
      const status = result === 'valid' ? 200 : 401;
      const sdk = await judges.sdk(bearer(token));
      expect({ tcId, comment, status: sdk.status }).toEqual({ tcId, comment, status });
      for (const sight of ['first', 'second']) {
        expect({ tcId, sight, ...(await judges.ours(bearer(token))) }).toEqual({ tcId, sight, ...sdk });
      }
    }
    expect(transplanted).toBeGreaterThan(tests.length / 2 - 1);
  });

  const raw = { padding: constants.RSA_NO_PADDING };

  /** What the signature of a vector holds: padding and digest, right or wrong. */
  function paddedDigest(jws: string): Buffer | undefined {
    try {
      return publicDecrypt({ key: publicKey, ...raw }, Buffer.from(jws.split('.')[2] ?? '', 'base64url'));
    } catch {
      return undefined;
    }
  }

  /** Signs with the same padding, and with the digest of another text in the place of the vector's. */
  function sign(block: Buffer, jws: string, input: string): string {
    const old = hash('sha256', jws.slice(0, jws.lastIndexOf('.')), 'buffer');
    const at = block.indexOf(old);
    const changed = Buffer.from(block);
    if (at >= 0) hash('sha256', input, 'buffer').copy(changed, at);
    return privateEncrypt({ key: privateKey, ...raw }, changed).toString('base64url');
  }
});
