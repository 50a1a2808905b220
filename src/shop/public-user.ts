import { z } from 'zod';
import { ROLES } from '../auth/roles.ts';
import type { User } from '../identity/user.ts';
import { address } from './address.ts';

/** A user as the API shows them: without the bookkeeping of the mirror. */
export const publicUser = z
  .object({
    clerkId: z.string(),
    email: z.string().nullable(),
    name: z.string(),
    imageUrl: z.string().nullable(),
    role: z.enum(ROLES),
    address: z.array(address),
    wishlist: z.array(z.string()).meta({ description: 'Ids of products.' }),
    createdAt: z.iso.datetime(),
    updatedAt: z.iso.datetime(),
  })
  .meta({ id: 'User' });

export type PublicUser = z.output<typeof publicUser>;

export function toPublicUser(user: User): PublicUser {
  return {
    clerkId: user.clerkId,
    email: user.email,
    name: user.name,
    imageUrl: user.imageUrl,
    role: user.role,
    address: user.address,
    wishlist: user.wishlist,
    createdAt: user.createdAt.toISOString(),
    updatedAt: user.updatedAt.toISOString(),
  };
}
