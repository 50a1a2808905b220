import fc from 'fast-check';
import type { MirrorEvent, Profile } from '../../src/identity/mirror.ts';

/** What may happen to one user in Clerk, and how its webhooks arrive. */
export interface History {
  clerkId: string;
  /** What Clerk has in the end: its profile, or null for a deleted user. */
  truth: Profile | null;
  endedSessions: string[];
  /** The events in the order in which they happened. */
  happened: MirrorEvent[];
  /** The events as they arrive: in any order, some of them more than once, none lost. */
  events: MirrorEvent[];
  /** The events that arrive where some are lost. */
  survivors: MirrorEvent[];
}

const change = fc.oneof(
  fc.record({ kind: fc.constant('name' as const), to: fc.constantFrom('Ada', 'Grace', 'Usuario') }),
  fc.record({
    kind: fc.constant('email' as const),
    to: fc.constantFrom('a@shop.example', 'b@shop.example', null),
  }),
  fc.record({ kind: fc.constant('role' as const), to: fc.constantFrom('user', 'moderator', 'admin') }),
  fc.record({ kind: fc.constant('status' as const), to: fc.constantFrom('active', 'banned', 'locked') }),
  fc.record({ kind: fc.constant('session' as const), to: fc.constantFrom('sess_1', 'sess_2', 'sess_3') }),
);

type Change = { kind: 'name' | 'email' | 'role' | 'status' | 'session'; to: string | null };

interface Plan {
  changes: Change[];
  isDeleted: boolean;
  /** Whether a change comes in the same millisecond as the one before. */
  crowded: boolean[];
}

const START = 1_700_000_000_000;

/** @param clerkId whose history it is */
export function histories(clerkId = 'user_1'): fc.Arbitrary<History> {
  return fc
    .record({
      changes: fc.array(change, { maxLength: 8 }),
      isDeleted: fc.boolean(),
      crowded: fc.array(fc.boolean(), { minLength: 8, maxLength: 8 }),
    })
    .map((plan) => happen(clerkId, plan as Plan))
    .chain((history) =>
      fc
        .record({
          repeats: fc.array(fc.nat(history.happened.length - 1), { maxLength: 6 }),
          order: fc.array(fc.nat(), { minLength: 20, maxLength: 20 }),
          lost: fc.array(fc.boolean(), { minLength: 20, maxLength: 20 }),
        })
        .map(({ repeats, order, lost }) => {
          const all = [...history.happened, ...repeats.flatMap((index) => history.happened[index] ?? [])];
          const events = shuffled(all, order);
          return { ...history, events, survivors: events.filter((_, index) => !lost[index]) };
        }),
    );
}

/** Plays a plan: Clerk's state after it, and the events that it sent. */
function happen(clerkId: string, { changes, isDeleted, crowded }: Plan) {
  let updatedAt = START;
  let timestamp = START + 7;
  let profile: Profile = {
    email: 'first@shop.example',
    emailVerified: true,
    name: 'Ada',
    imageUrl: null,
    role: 'user',
    status: 'active',
    createdAt: new Date(START),
    updatedAt: new Date(START),
  };
  const endedSessions = new Set<string>();
  const happened: MirrorEvent[] = [];
  const tell = (welcome: boolean) =>
    happened.push({
      kind: 'profile',
      clerkId,
      profile,
      version: { updatedAt, timestamp, svixId: `msg_${clerkId}_${happened.length}` },
      welcome,
    });
  tell(true);
  for (const [index, { kind, to }] of changes.entries()) {
    timestamp += 1;
    if (kind === 'session') {
      endedSessions.add(String(to));
      happened.push({ kind: 'sessionEnded', clerkId, session: { id: String(to), at: timestamp } });
      continue;
    }
    if (!crowded[index]) updatedAt += 1;
    const verified = kind === 'email' ? { emailVerified: to !== null } : {};
    profile = { ...profile, [kind]: to, ...verified, updatedAt: new Date(updatedAt) };
    tell(false);
  }
  if (isDeleted) {
    timestamp += 1;
    const version = { updatedAt: timestamp, timestamp, svixId: `msg_${clerkId}_deleted` };
    happened.push({ kind: 'deleted', clerkId, version });
  }
  return {
    clerkId,
    truth: isDeleted ? null : profile,
    endedSessions: [...endedSessions].sort(),
    happened,
  };
}

/** The items in an order that the numbers decide. */
function shuffled<T>(items: readonly T[], numbers: readonly number[]): T[] {
  const rest = [...items];
  return items.map((_, index) => rest.splice((numbers[index] ?? 0) % rest.length, 1)[0] as T);
}
