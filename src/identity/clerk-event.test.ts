import { describe, expect, test } from 'vitest';
import { clerkUser, mirrorEvent, profileOf } from './clerk-event.ts';

const AT = { timestamp: 5000, svixId: 'msg_1' };

const data = (changes: object = {}) => ({
  id: 'user_1',
  primary_email_address_id: 'idn_2',
  email_addresses: [
    { id: 'idn_1', email_address: 'old@shop.example', verification: { status: 'verified' } },
    { id: 'idn_2', email_address: 'new@shop.example', verification: { status: 'verified' } },
  ],
  first_name: 'Ada',
  last_name: 'Lovelace',
  image_url: 'https://img.clerk.com/1',
  public_metadata: { role: 'moderator', theme: 'dark' },
  banned: false,
  locked: false,
  created_at: 1000,
  updated_at: 2000,
  ...changes,
});
const profile = (changes: object = {}) => profileOf(clerkUser.parse(data(changes)));

describe('a user of Clerk’s, as the mirror keeps him', () => {
  test('B6 the e-mail is the primary address', () => {
    expect(profile()).toMatchObject({ email: 'new@shop.example', emailVerified: true });
  });

  test('B6 without a primary address there is none', () => {
    const none = { email: null, emailVerified: false };
    expect(profile({ primary_email_address_id: null })).toMatchObject(none);
    expect(profile({ email_addresses: [] })).toMatchObject(none);
    expect(profile({ email_addresses: undefined, primary_email_address_id: undefined })).toMatchObject(none);
  });

  test('B14 an address that Clerk has not verified is marked as such', () => {
    const unverified = (verification: unknown) => [{ id: 'idn_2', email_address: 'x@y.z', verification }];
    for (const verification of [null, undefined, { status: 'unverified' }, { status: null }]) {
      expect(profile({ email_addresses: unverified(verification) }).emailVerified).toBe(false);
    }
  });

  test.each([
    ['Ada', 'Lovelace', 'Ada Lovelace'],
    ['  Ada ', null, 'Ada'],
    [null, 'Lovelace', 'Lovelace'],
    ['', ' ', 'Usuario'],
    [undefined, null, 'Usuario'],
  ])('A18 B7 %j and %j make the name %j', (first_name, last_name, name) => {
    expect(profile({ first_name, last_name }).name).toBe(name);
  });

  test('B8 the role is the public metadata’s; what is no role is the least one', () => {
    const role = (public_metadata: unknown) => profile({ public_metadata }).role;
    expect(role({ role: 'admin' })).toBe('admin');
    for (const metadata of [{ role: 'owner' }, { role: 1 }, { role: { $ne: 1 } }, {}, null, undefined]) {
      expect(role(metadata)).toBe('user');
    }
  });

  test('B10 who is banned or locked is not active', () => {
    expect(profile({ banned: true, locked: true }).status).toBe('banned');
    expect(profile({ locked: true }).status).toBe('locked');
    expect(profile({ banned: null, locked: undefined }).status).toBe('active');
  });
});

describe('an event, as the reducer takes it', () => {
  test('only user.created calls for a welcome', () => {
    expect(mirrorEvent('user.created', data(), AT)).toMatchObject({ kind: 'profile', welcome: true });
    expect(mirrorEvent('user.updated', data(), AT)).toMatchObject({ kind: 'profile', welcome: false });
  });

  test('its version is when Clerk changed the user, when it said so, and in which delivery', () => {
    expect(mirrorEvent('user.updated', data(), AT)).toMatchObject({ version: { updatedAt: 2000, ...AT } });
  });

  test.each(['session.ended', 'session.removed', 'session.revoked'] as const)('%s ends a session', (type) => {
    const event = mirrorEvent(type, { id: 'sess_1', user_id: 'user_1', status: 'ended' }, AT);
    expect(event).toEqual({ kind: 'sessionEnded', clerkId: 'user_1', session: { id: 'sess_1', at: 5000 } });
  });

  test('data that is not what the type promises is refused', () => {
    expect(() => mirrorEvent('user.created', { id: 'user_1' }, AT)).toThrow('updated_at');
    expect(() => mirrorEvent('user.deleted', { deleted: true }, AT)).toThrow('id');
    expect(() => mirrorEvent('session.ended', { id: 'sess_1' }, AT)).toThrow('user_id');
  });
});
