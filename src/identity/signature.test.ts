import { Webhook } from 'standardwebhooks';
import { describe, expect, test } from 'vitest';
import { decodeSecret, isSigned } from './signature.ts';

// The vector that the libraries of Standard Webhooks share.
const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const VECTOR = {
  id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
  timestamp: '1614265330',
  body: Buffer.from('{"test": 2432232314}'),
  signature: 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
};
const NOW = 1_614_265_330_000;
const OTHER = `whsec_${Buffer.alloc(24, 7).toString('base64')}`;

const check = (changes: Partial<Record<keyof typeof VECTOR, unknown>> = {}, secrets = [SECRET], now = NOW) =>
  isSigned(secrets.map(decodeSecret), { ...VECTOR, ...changes } as typeof VECTOR, now);

describe('B2 a webhook’s signature', () => {
  test('the published vector holds', () => expect(check()).toBe(true));

  test.each([
    ['a changed body', { body: Buffer.from('{"test": 2432232315}') }],
    ['another id', { id: 'msg_other' }],
    ['another time', { timestamp: '1614265331' }],
    ['no id', { id: undefined }],
    ['no time', { timestamp: undefined }],
    ['no signature', { signature: undefined }],
    ['an empty signature', { signature: '' }],
    ['a version alone', { signature: 'v1,' }],
    ['part of a signature', { signature: VECTOR.signature.slice(0, 20) }],
    ['a version that is not v1', { signature: VECTOR.signature.replace('v1,', 'v1a,') }],
    ['a time that is no number', { timestamp: '1614265330.0' }],
    ['an id with a dot', { id: 'msg.p5jXN8AQM9LWM0D4loKWxJek' }],
  ])('%s is refused', (_, changes) => expect(check(changes)).toBe(false));

  test('five minutes either way are let through, not more', () => {
    const at = (seconds: number) => check({}, [SECRET], NOW + seconds * 1000);
    expect([-301, -300, 300, 301].map(at)).toEqual([false, true, true, false]);
  });

  test('any of several secrets and any of several signatures will do, as during a rotation', () => {
    expect(check({}, [OTHER, SECRET])).toBe(true);
    expect(check({}, [OTHER])).toBe(false);
    expect(check({}, [])).toBe(false);
    const byOther = new Webhook(OTHER).sign(VECTOR.id, new Date(NOW), VECTOR.body.toString());
    expect(check({ signature: `v1a,xx ${byOther} ${VECTOR.signature}` })).toBe(true);
    expect(check({ signature: byOther })).toBe(false);
  });
});
