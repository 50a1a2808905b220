import { z } from 'zod';
import { HttpError } from '../http/errors.ts';
import { type Route, route } from '../http/route.ts';
import type { Directory } from '../identity/user.ts';
import { publicUser, toPublicUser } from './public-user.ts';

export function profileRoutes({ directory }: { directory: Directory }): Route[] {
  return [
    route({
      method: 'get',
      path: '/api/users/profile',
      guard: 'signedIn',
      tag: 'Users',
      summary: 'My profile',
      response: z.object({ user: publicUser }),
      async handler({ user: { clerkId } }) {
        const user = await directory.read(clerkId);
        if (user === null) throw new HttpError('user_not_found');
        return { user: toPublicUser(user) };
      },
    }),
  ];
}
