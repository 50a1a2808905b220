import type { User } from '../../src/identity/user.ts';
import type { ShownUser } from './clerk.ts';
import type { Lived } from './life.ts';

/** What the mirror has to hold of somebody whom Clerk has. */
function mirrored(user: ShownUser, { endedSessions }: Lived) {
  const primary = user.email_addresses.find(({ id }) => id === user.primary_email_address_id);
  return {
    email: primary?.email_address ?? null,
    emailVerified: primary?.verification?.status === 'verified',
    name: `${user.first_name} ${user.last_name}`,
    imageUrl: user.image_url,
    role: user.public_metadata.role ?? 'user',
    status: user.banned ? 'banned' : user.locked ? 'locked' : 'active',
    address: [],
    wishlist: [],
    createdAt: user.created_at,
    updatedAt: user.updated_at,
    endedSessions: [...endedSessions].sort(),
    isWelcomed: primary !== undefined,
    isDue: false,
  };
}

/** What is left of somebody whom Clerk has no more: nothing. */
const TOMBSTONE = {
  email: null,
  emailVerified: false,
  name: '',
  imageUrl: null,
  role: 'user',
  status: 'deleted',
  address: [],
  wishlist: [],
  endedSessions: [],
  isErased: true,
};

function seen({ sync, createdAt, updatedAt, ...user }: User) {
  const { email, emailVerified, name, imageUrl, role, status, address, wishlist } = user;
  const shared = { email, emailVerified, name, imageUrl, role, status, address, wishlist };
  const endedSessions = sync.endedSessions.map(({ id }) => id).sort();
  if (status === 'deleted') return { ...shared, endedSessions, isErased: sync.erasedAt !== null };
  return {
    ...shared,
    createdAt: createdAt.getTime(),
    updatedAt: updatedAt.getTime(),
    endedSessions,
    isWelcomed: sync.welcomedAt !== null,
    isDue: sync.welcomeDueAt !== null,
  };
}

/** In whom the mirror is wrong, and how: empty where every user is right, field by field, and nobody else is there. */
export function wrongUsers(lived: readonly Lived[], clerk: readonly ShownUser[], mirror: readonly User[]) {
  const shown = new Map(clerk.map((user) => [user.id, user]));
  const held = new Map(mirror.map((user) => [user.clerkId, user]));
  const wrong: { clerkId: string; expected: unknown; found: unknown }[] = [];
  for (const one of lived) {
    const user = shown.get(one.clerkId);
    const expected = user === undefined ? TOMBSTONE : mirrored(user, one);
    const document = held.get(one.clerkId);
    const found = document && seen(document);
    held.delete(one.clerkId);
    if (JSON.stringify(sorted(expected)) !== JSON.stringify(sorted(found ?? {})))
      wrong.push({ clerkId: one.clerkId, expected, found });
  }
  for (const clerkId of held.keys()) wrong.push({ clerkId, expected: 'nobody', found: held.get(clerkId) });
  return wrong;
}

const sorted = (fields: object) => Object.entries(fields).sort(([a], [b]) => (a < b ? -1 : 1));
