import { z } from 'zod';
import { ROLES } from '../auth/roles.ts';
import type { User } from '../identity/user.ts';

export const USER_STATUSES = ['active', 'banned', 'locked', 'deleted'] as const;

/** A Clerk id as it stands in a path. */
export const clerkId = z.string().regex(/^[\w-]{1,64}$/, 'Expected a Clerk id, such as user_2x…');

/** A user as an administrator sees him: Clerk's half of him, as the mirror has it. */
export const adminUser = z
  .object({
    clerkId: z.string(),
    email: z.string().nullable(),
    emailVerified: z.boolean(),
    name: z.string(),
    imageUrl: z.string().nullable(),
    role: z.enum(ROLES),
    status: z.enum(USER_STATUSES),
    createdAt: z.iso.datetime(),
    updatedAt: z.iso.datetime(),
  })
  .meta({ id: 'AdminUser' });

export type AdminUser = z.output<typeof adminUser>;

export function toAdminUser(user: User): AdminUser {
  const { clerkId, email, emailVerified, name, imageUrl, role, status } = user;
  return {
    clerkId,
    email,
    emailVerified,
    name,
    imageUrl,
    role,
    status,
    createdAt: user.createdAt.toISOString(),
    updatedAt: user.updatedAt.toISOString(),
  };
}
