import type { Connection } from 'mongoose';
import type { Env } from '../../config/env.ts';
import { userModel } from '../../identity/user-model.ts';
import { type Finding, fine, trouble } from '../finding.ts';

/**
 * What `ADMIN_EMAIL` does here: in development it makes administrators; elsewhere it makes nobody one, which surprises
 * those of its people who are none by role.
 */
export async function checkAdminEmail(
  { nodeEnv, adminEmails }: Pick<Env, 'nodeEnv' | 'adminEmails'>,
  connection: Connection,
): Promise<Finding> {
  const all = adminEmails.length;
  if (all === 0) return fine('ADMIN_EMAIL is not set');
  if (nodeEnv === 'development')
    return fine(`ADMIN_EMAIL makes ${all} people administrators, in development only`);
  const admins = await userModel(connection)
    .find({ role: 'admin', status: 'active', emailVerified: true }, { email: 1 })
    .lean();
  const emails = new Set(admins.map(({ email }) => email?.trim().toLowerCase()));
  const others = adminEmails.filter((email) => !emails.has(email)).length;
  if (others === 0)
    return fine(`ADMIN_EMAIL counts in development only; its ${all} people are administrators by role`);
  return trouble(
    `ADMIN_EMAIL counts in development only, not in ${nodeEnv}: ${others} of its ${all} people are no administrators`,
    'Set {"role": "admin"} in their public metadata in Clerk’s dashboard, Users; the role counts with their next token.',
  );
}
