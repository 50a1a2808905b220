import type { Response } from 'express';
import type { Connection, QueryFilter, Types } from 'mongoose';
import { z } from 'zod';
import { ROLES } from '../auth/roles.ts';
import { page, pageOf, pageQuery } from '../http/page.ts';
import { type Route, route } from '../http/route.ts';
import type { User } from '../identity/user.ts';
import { userModel } from '../identity/user-model.ts';
import { adminUser, clerkId, toAdminUser, USER_STATUSES } from './admin-user.ts';
import { describeAct } from './audit-requests.ts';
import { type Changed, type ChangeUserParts, createChangeUser } from './change-user.ts';

const params = z.object({ id: clerkId });

const changedUser = z.object({
  user: adminUser,
  mirrored: z.boolean().meta({
    description:
      'Whether the mirror has the change: from then on, older tokens no longer carry more than it leaves.',
  }),
});

/** A search reads at most so long, ms: words inside a name have no index. */
const SEARCH_MS = 5000;

/** Users, their roles, and who is banned. */
export function userRoutes(parts: ChangeUserParts): Route[] {
  const changeUser = createChangeUser(parts);
  const path = '/api/admin/users';
  const change = {
    guard: 'admin',
    reverify: true,
    tag: 'Admin',
    params,
    response: changedUser,
    errors: ['clerk_unavailable'],
  } as const;

  return [
    route({
      method: 'get',
      path,
      guard: 'admin',
      tag: 'Admin',
      summary: 'Users, the newest in the mirror first',
      query: z.object({
        ...pageQuery,
        query: z
          .string()
          .trim()
          .min(1)
          .max(100)
          .optional()
          .meta({ description: 'Stands in the id, the e-mail address or the name; in any case.' }),
        role: z.enum(ROLES).optional(),
        status: z
          .enum(USER_STATUSES)
          .optional()
          .meta({ description: 'Without it, all but the deleted, of whom only the id is left.' }),
      }),
      response: pageOf(adminUser),
      async handler({ query: { limit, cursor, ...which } }) {
        return page(
          { limit, cursor },
          (below, most) => find(parts.connection, which, below, most),
          (user) => toAdminUser(user),
        );
      },
    }),
    route({
      ...change,
      method: 'patch',
      path: `${path}/:id/role`,
      summary: 'Set a user’s role',
      description:
        'In Clerk’s public metadata; it comes back through the webhook, for which the answer waits a few seconds: 200 where the mirror has it, 202 where it will come. A role that was taken away counts from then on, one that was granted with the user’s next token.',
      body: z.object({ role: z.enum(ROLES) }),
      errors: [...change.errors, 'last_admin', 'admin_change_in_progress'],
      async handler({ params: { id }, body: { role }, res }) {
        describeAct(res, { to: role });
        const changed = await changeUser.setRole(id, role);
        describeAct(res, { from: changed.before.role, to: role });
        return answer(changed, res);
      },
    }),
    route({
      ...change,
      method: 'post',
      path: `${path}/:id/ban`,
      summary: 'Ban a user',
      description:
        'Clerk ends all his sessions; here he is refused as soon as the mirror has it, whatever token he has.',
      errors: [...change.errors, 'last_admin', 'admin_change_in_progress'],
      handler: async ({ params: { id }, res }) => answer(await changeUser.ban(id), res),
    }),
    route({
      ...change,
      method: 'post',
      path: `${path}/:id/unban`,
      summary: 'Let a banned user in again',
      handler: async ({ params: { id }, res }) => answer(await changeUser.unban(id), res),
    }),
  ];
}

function answer({ user, mirrored }: Changed, res: Response) {
  res.status(mirrored ? 200 : 202);
  return { user: toAdminUser(user), mirrored };
}

interface Which {
  query?: string | undefined;
  role?: User['role'] | undefined;
  status?: User['status'] | undefined;
}

async function find(
  connection: Connection,
  { query, role, status }: Which,
  below: object,
  limit: number,
): Promise<(User & { _id: Types.ObjectId })[]> {
  const filter: QueryFilter<User> = { ...below, status: status ?? { $ne: 'deleted' } };
  if (role !== undefined) filter.role = role;
  if (query !== undefined) {
    const text = new RegExp(query.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'), 'i');
    filter.$or = [{ clerkId: text }, { email: text }, { name: text }];
  }
  return userModel(connection).find(filter).sort({ _id: -1 }).limit(limit).maxTimeMS(SEARCH_MS).lean();
}
