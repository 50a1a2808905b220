import { createClerkClient } from '@clerk/backend';
import type { Local } from '../local-json.ts';
import { sessionToken } from '../session-token.ts';
import { seedCatalogue } from './catalogue.ts';
import { type KnownPerson, seedPeople } from './people.ts';

/** Puts people into an empty Clerk, and products into an empty catalogue; answers who of the people is there. */
export async function seed({ api, clerk: keys }: Local): Promise<readonly KnownPerson[]> {
  const clerk = createClerkClient({ ...keys, telemetry: { disabled: true } });
  const people = await seedPeople(clerk);
  const admin = people.find(({ called }) => called === 'admin');
  if (admin) await seedCatalogue(api, () => sessionToken(clerk, admin.clerkId));
  return people;
}
