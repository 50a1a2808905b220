import { describe, expect, test } from 'vitest';
import { userOf } from '../../test/support/guarded-app.ts';
import { claimAt, effectiveRole, refusalOf } from './authority.ts';
import { ROLES } from './roles.ts';

const T = 1_700_000_000;
const token = { sessionId: 'sess_1', issuedAt: T, claimedRole: undefined as unknown };
const knownAt = (updatedAt: number) => ({
  ...userOf().sync,
  version: { updatedAt, timestamp: updatedAt, svixId: 'msg_1' },
});

describe('B10 the role that counts', () => {
  test('is the token’s, where the token is not older than what the mirror knows', () => {
    for (const claimedRole of ROLES) {
      for (const role of ROLES) {
        expect(effectiveRole({ ...token, claimedRole }, userOf({ role, sync: knownAt(T * 1000) }))).toBe(
          claimedRole,
        );
      }
    }
  });

  test('is the lesser of the token’s and the mirror’s, where the token is older', () => {
    for (const [i, claimedRole] of ROLES.entries()) {
      for (const [j, role] of ROLES.entries()) {
        const user = userOf({ role, sync: knownAt(T * 1000 + 1) });
        expect(effectiveRole({ ...token, claimedRole }, user)).toBe(ROLES[Math.min(i, j)]);
      }
    }
  });

  test('is the token’s, where Clerk never showed such a role: nothing was taken away', () => {
    const sync = { ...knownAt(T * 1000 + 1), highestRole: 'moderator' as const };
    expect(effectiveRole({ ...token, claimedRole: 'admin' }, userOf({ sync }))).toBe('admin');
    expect(effectiveRole({ ...token, claimedRole: 'moderator' }, userOf({ sync }))).toBe('user');
  });

  test('is never more than the mirror’s for a token that does not say when it was made', () => {
    const user = userOf({ role: 'user', sync: knownAt(1) });
    expect(effectiveRole({ ...token, issuedAt: 0, claimedRole: 'admin' }, user)).toBe('user');
  });
});

describe('B10 a valid token is refused', () => {
  test('for what became of the user', () => {
    expect(refusalOf(token, userOf())).toBeUndefined();
    expect(refusalOf(token, userOf({ status: 'deleted' }))).toBe('user_not_found');
    expect(refusalOf(token, userOf({ status: 'banned' }))).toBe('user_not_active');
    expect(refusalOf(token, userOf({ status: 'locked' }))).toBe('user_not_active');
  });

  test('for a session that has ended, and for that session alone', () => {
    const sync = { ...userOf().sync, endedSessions: [{ id: 'sess_1', at: T * 1000 }] };
    expect(refusalOf(token, userOf({ sync }))).toBe('session_ended');
    expect(refusalOf({ ...token, sessionId: 'sess_2' }, userOf({ sync }))).toBeUndefined();
  });
});

test('A10 a dotted path finds a claim of the token’s own and nothing else', () => {
  expect(claimAt({ role: 'admin' }, 'role')).toBe('admin');
  expect(claimAt({ metadata: { shop: { role: 'admin' } } }, 'metadata.shop.role')).toBe('admin');
  for (const path of ['metadata', 'role.length', 'toString', 'constructor.name', '__proto__.role']) {
    expect(claimAt({ role: 'admin' }, path)).toBeUndefined();
  }
  expect(claimAt({ metadata: null }, 'metadata.role')).toBeUndefined();
});
