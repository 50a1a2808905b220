import type { ClerkClient } from '@clerk/backend';

export interface Person {
  /** What `npm run token` calls them. */
  called: 'admin' | 'moderator' | 'customer';
  email: string;
  firstName: string;
  lastName: string;
  /** In Clerk's public metadata; a customer needs none. */
  role?: 'admin' | 'moderator';
}

/** Who is there from the start: one of each kind. */
export const PEOPLE: readonly Person[] = [
  { called: 'admin', email: 'admin@example.com', firstName: 'Ada', lastName: 'Admin', role: 'admin' },
  {
    called: 'moderator',
    email: 'moderator@example.com',
    firstName: 'Mo',
    lastName: 'Moderator',
    role: 'moderator',
  },
  { called: 'customer', email: 'customer@example.com', firstName: 'Cleo', lastName: 'Customer' },
];

export interface KnownPerson extends Person {
  clerkId: string;
}

/**
 * Signs the people up at a Clerk that has no users at all, and answers those of them who are there: somebody may have
 * been deleted since, and stays so.
 */
export async function seedPeople(clerk: ClerkClient): Promise<KnownPerson[]> {
  if ((await clerk.users.getCount()) === 0) await Promise.all(PEOPLE.map((person) => signUp(clerk, person)));
  const known = await Promise.all(PEOPLE.map((person) => find(clerk, person)));
  return known.filter((person) => person !== undefined);
}

async function signUp(clerk: ClerkClient, { email, firstName, lastName, role }: Person): Promise<void> {
  await clerk.users.createUser({
    emailAddress: [email],
    firstName,
    lastName,
    publicMetadata: role === undefined ? {} : { role },
  });
}

async function find(clerk: ClerkClient, person: Person): Promise<KnownPerson | undefined> {
  const { data } = await clerk.users.getUserList({ emailAddress: [person.email], limit: 1 });
  return data[0] === undefined ? undefined : { ...person, clerkId: data[0].id };
}
