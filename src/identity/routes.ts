import { z } from 'zod';
import { HttpError } from '../http/errors.ts';
import { type Route, route } from '../http/route.ts';
import { ClerkUnavailable, type ClerkUsers } from './clerk-users.ts';
import type { EraseUser } from './erase-user.ts';

export interface IdentityRouteParts {
  clerkUsers: ClerkUsers;
  eraseUser: EraseUser;
  exportUser(clerkId: string): Promise<Record<string, unknown>>;
  now: () => number;
}

const wholeExport = z.looseObject({
  exportedAt: z.iso.datetime(),
  user: z.looseObject({ clerkId: z.string() }),
});

/** What everyone may do about the data that is held about him: take it along, and have it deleted. */
export function identityRoutes({ clerkUsers, eraseUser, exportUser, now }: IdentityRouteParts): Route[] {
  return [
    route({
      method: 'get',
      path: '/api/users/export',
      guard: 'signedIn',
      tag: 'Users',
      summary: 'Everything that is held about me',
      response: wholeExport,
      handler: async ({ user }) => {
        const held = await exportUser(user.clerkId);
        return { exportedAt: new Date(now()).toISOString(), ...held } as z.input<typeof wholeExport>;
      },
    }),
    route({
      method: 'delete',
      path: '/api/users/me',
      guard: 'signedIn',
      tag: 'Users',
      summary: 'Delete my account',
      description:
        'Deletes the user in Clerk and everything personal here, at once. What has to stay (the numbers of orders) stays without a name.',
      errors: ['clerk_unavailable'],
      handler: async ({ user }) => {
        try {
          await clerkUsers.delete(user.clerkId);
        } catch (cause) {
          if (!(cause instanceof ClerkUnavailable)) throw cause;
          throw new HttpError('clerk_unavailable', {
            cause,
            headers: { 'Retry-After': String(cause.retryAfter) },
          });
        }
        // Clerk's webhook does it again; with it, it is finished even if this process ends here.
        await eraseUser(user.clerkId, { timestamp: now(), svixId: '' });
      },
    }),
  ];
}
