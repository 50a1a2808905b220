import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { histories } from '../../test/support/clerk-histories.ts';
import { bookkeeping, expected, reconciliation, seen, settle } from '../../test/support/mirror-ends.ts';
import { apply, type MirrorEvent, type MirroredUser } from './mirror.ts';

const PROFILE = {
  email: 'ada@shop.example',
  emailVerified: true,
  name: 'Ada',
  imageUrl: null,
  role: 'user',
  status: 'active',
  createdAt: new Date(1),
  updatedAt: new Date(1),
} as const;

const profileEvent = (
  updatedAt: number,
  changes: Partial<MirroredUser> = {},
  welcome = false,
): MirrorEvent => ({
  kind: 'profile',
  clerkId: 'user_1',
  profile: { ...PROFILE, ...changes, updatedAt: new Date(updatedAt) },
  version: { updatedAt, timestamp: updatedAt + 1, svixId: `msg_${updatedAt}` },
  welcome,
});
const deleted: MirrorEvent = {
  kind: 'deleted',
  clerkId: 'user_1',
  version: { updatedAt: 90, timestamp: 90, svixId: 'msg_deleted' },
};
const ended = (id: string, at: number): MirrorEvent => ({
  kind: 'sessionEnded',
  clerkId: 'user_1',
  session: { id, at },
});

const run = (...events: MirrorEvent[]) =>
  events.reduce<MirroredUser | null>((user, event) => apply(user, event).next, null);

describe('the reducer', () => {
  test('B3 the same event again changes nothing', () => {
    const user = run(profileEvent(5));
    expect(apply(user, profileEvent(5))).toEqual({ next: user, outcome: 'duplicate' });
  });

  test('B4 an older event does not overwrite a newer one', () => {
    const user = run(profileEvent(5, { name: 'New' }));
    expect(apply(user, profileEvent(4, { name: 'Old' }))).toEqual({ next: user, outcome: 'stale' });
  });

  test('B4 a deleted user stays deleted, and nothing personal is left of him', () => {
    const user = run(profileEvent(5), ended('sess_1', 6), deleted);
    expect(JSON.stringify(user)).not.toMatch(/ada|Ada|sess_1/);
    expect(apply(user, profileEvent(100)).outcome).toBe('stale');
    expect(apply(user, deleted).outcome).toBe('duplicate');
    expect(run(deleted, profileEvent(5))?.status).toBe('deleted');
  });

  test('B9 a welcome is due once: by the created event, also when it comes late', () => {
    expect(run(profileEvent(5))?.sync.welcomeDueAt).toBeNull();
    expect(run(profileEvent(5, {}, true))?.sync.welcomeDueAt).toEqual(new Date(6));
    const late = run(profileEvent(5), profileEvent(4, { name: 'Old' }, true));
    expect(late).toMatchObject({ name: 'Ada', sync: { welcomeDueAt: new Date(5) } });
    const welcomed = run(profileEvent(5, {}, true));
    if (welcomed) welcomed.sync = { ...welcomed.sync, welcomeDueAt: null, welcomedAt: new Date(7) };
    expect(apply(welcomed, profileEvent(6, {}, true)).next?.sync.welcomeDueAt).toBeNull();
  });

  test('B10 ended sessions are remembered for a day, the latest hundred of them', () => {
    const day = 24 * 60 * 60 * 1000;
    const ids = (user: MirroredUser | null) => user?.sync.endedSessions.map(({ id }) => id);
    expect(ids(run(profileEvent(5), ended('a', 10), ended('b', 20), ended('a', 10)))).toEqual(['b', 'a']);
    expect(ids(run(profileEvent(5), ended('a', 10), ended('b', 10 + day)))).toEqual(['b']);
    const many = Array.from({ length: 130 }, (_, index) => ended(`s${index}`, index));
    expect(ids(run(profileEvent(5), ...many))).toHaveLength(100);
  });

  test('a session of nobody known asks for the user', () => {
    expect(apply(null, ended('a', 1))).toEqual({ next: null, outcome: 'unknownUser' });
  });
});

describe('B3 B4 any order and any repetition of the same events', () => {
  test('ends in the state that Clerk has', () => {
    fc.assert(
      fc.property(histories(), (history) => {
        expect(seen(settle(history.events))).toEqual(expected(history));
      }),
      { numRuns: 3000 },
    );
  });

  test('ends in one and the same state, bookkeeping included', () => {
    fc.assert(
      fc.property(histories(), ({ happened, events }) => {
        expect(bookkeeping(settle(events))).toEqual(bookkeeping(settle(happened)));
      }),
      { numRuns: 3000 },
    );
  });

  test('with events lost, one look at Clerk afterwards is enough', () => {
    fc.assert(
      fc.property(histories(), (history) => {
        const end = settle([...history.survivors, reconciliation(history)]);
        expect(seen(end)?.profile).toEqual(expected(history).profile);
      }),
      { numRuns: 3000 },
    );
  });
});
