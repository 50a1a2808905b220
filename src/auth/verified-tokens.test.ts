import { expect, test } from 'vitest';
import type { ClerkAuth } from './clerk-auth.ts';
import { createVerifiedTokens } from './verified-tokens.ts';

const T = 1_700_000_000;
let time = T * 1000;

function sessionOf(userId: string, claims: Partial<Record<'exp' | 'nbf' | 'iat', number>> = {}): ClerkAuth {
  return { userId, sessionClaims: { exp: T + 60, nbf: T - 10, iat: T, ...claims } } as unknown as ClerkAuth;
}

function tokens(capacity = 10) {
  time = T * 1000;
  return createVerifiedTokens({ now: () => time, capacity });
}

test('A4 what is remembered is bound to the exact bytes', () => {
  const verified = tokens();
  const session = sessionOf('user_1');
  verified.set('a.b.c', session);
  expect(verified.get('a.b.c')).toBe(session);
  for (const other of ['a.b.d', 'a.b.c=', 'a.b.c ', 'A.b.c', 'a.b', ''])
    expect(verified.get(other)).toBeUndefined();
});

test('A4 a token with the signature of another one is not that one', () => {
  const verified = tokens();
  const signature = 's'.repeat(342);
  verified.set(`header.payload.${signature}`, sessionOf('user_1'));
  expect(verified.get(`header.forged.${signature}`)).toBeUndefined();
  expect(verified.get(signature.slice(-64))).toBeUndefined();
  verified.set(`header.other.${signature}`, sessionOf('user_2'));
  expect(verified.get(`header.payload.${signature}`)).toBeUndefined();
  expect(verified.get(`header.other.${signature}`)?.userId).toBe('user_2');
});

test('A4 times are checked again on each use, with the SDK’s skew of 5 s, whichever way the clock goes', () => {
  const verified = tokens();
  verified.set('t', sessionOf('user_1'));
  const at = (seconds: number) => {
    time = (T + seconds) * 1000;
    return verified.get('t') !== undefined;
  };
  expect([at(0), at(60), at(64.999), at(-4.9)]).toEqual([true, true, true, true]);
  expect(at(-5.1)).toBe(false);
  // Once it was out of date it is gone: the SDK decides again.
  expect(at(0)).toBe(false);
  verified.set('t', sessionOf('user_1'));
  expect(at(65)).toBe(false);
  verified.set('t', sessionOf('user_1', { nbf: T + 10, iat: undefined as unknown as number }));
  expect(at(5)).toBe(true);
  expect(at(4.9)).toBe(false);
});

test('it never holds more than its capacity, and the oldest goes first', () => {
  const verified = tokens(3);
  for (const token of ['a', 'b', 'c', 'd']) verified.set(token, sessionOf(token));
  expect(verified.size).toBe(3);
  expect(['a', 'b', 'c', 'd'].map((token) => verified.get(token)?.userId)).toEqual([
    undefined,
    'b',
    'c',
    'd',
  ]);
  // Setting what is there already costs nobody else the place.
  verified.set('b', sessionOf('b'));
  expect(['b', 'c', 'd'].map((token) => verified.get(token)?.userId)).toEqual(['b', 'c', 'd']);
});

test('what has expired makes room as new tokens come, without being asked for', () => {
  const verified = tokens(1000);
  for (let i = 0; i < 100; i += 1) verified.set(`old ${i}`, sessionOf('user_1'));
  time += 66_000;
  for (let i = 0; i < 100; i += 1) verified.set(`new ${i}`, sessionOf('user_1', { exp: T + 120 }));
  expect(verified.size).toBe(100);
});

test('all of it goes when a signing key does', () => {
  const verified = tokens();
  verified.set('t', sessionOf('user_1'));
  verified.clear();
  expect(verified.get('t')).toBeUndefined();
  expect(verified.size).toBe(0);
});
