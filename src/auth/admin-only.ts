import type { Request, RequestHandler } from 'express';
import { HttpError } from '../http/errors.ts';
import type { User } from '../identity/user.ts';
import { assertProtected, guard } from './guard.ts';
import { requestState } from './request-state.ts';
import { roleOf } from './role-of.ts';
import { tokenFacts } from './token-facts.ts';

/**
 * Lets administrators through: by role, or in development by an e-mail address in `ADMIN_EMAIL` (A11 to A13, A15).
 * It stands behind `protectRoute`.
 *
 * @example
 * router.post('/products', protectRoute, adminOnly, handler);
 */
export const adminOnly: RequestHandler = guard((req) => {
  assertProtected(req);
  const { env } = requestState(req);
  const inDevelopment = env.nodeEnv === 'development';
  const role = roleOf(req);
  const by =
    role === 'admin'
      ? 'role'
      : inDevelopment && isAdminByEmail(req.user, env.adminEmails)
        ? 'email'
        : undefined;
  if (inDevelopment) {
    const decision = by === undefined ? 'refused' : `admitted by ${by}`;
    req.log.info({ clerkId: req.user.clerkId, role: shownRole(req), decision }, `adminOnly: ${decision}`);
  }
  if (by !== undefined) return;
  throw new HttpError('admin_only', inDevelopment ? { details: `Rol actual: ${shownRole(req)}` } : {});
});

/** B14: only an address that Clerk has verified, whatever its case. */
function isAdminByEmail({ email, emailVerified }: User, adminEmails: readonly string[]): boolean {
  return emailVerified && email !== null && adminEmails.includes(email.trim().toLowerCase());
}

/** The role in the document's words (A13): what the token says, unless it has been taken away since. */
function shownRole(req: Request): string {
  const { claimedRole } = tokenFacts(req.clerkAuth, requestState(req).env.clerk.roleClaim);
  if (typeof claimedRole !== 'string' || claimedRole === '') return 'ninguno';
  return claimedRole === 'admin' || claimedRole === 'moderator' ? roleOf(req) : claimedRole;
}
