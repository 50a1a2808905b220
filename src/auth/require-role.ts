import type { RequestHandler } from 'express';
import { HttpError } from '../http/errors.ts';
import { assertProtected, guard } from './guard.ts';
import { roleOf } from './role-of.ts';
import { ROLES, type Role } from './roles.ts';

/**
 * Lets the roles listed through, and administrators always (A10, A14). It stands behind `protectRoute`.
 *
 * @throws TypeError when it is made with no role, or with one that does not exist
 *
 * @example
 * router.put('/products/:id', protectRoute, requireRole(['admin', 'moderator']), handler);
 */
export function requireRole(allowed: readonly Role[]): RequestHandler {
  if (allowed.length === 0) throw new TypeError('requireRole needs at least one role');
  for (const role of allowed) {
    if (!ROLES.includes(role))
      throw new TypeError(`requireRole knows no role ${JSON.stringify(role)}: use ${ROLES.join(', ')}`);
  }
  return guard((req) => {
    assertProtected(req);
    const role = roleOf(req);
    if (role !== 'admin' && !allowed.includes(role)) throw new HttpError('insufficient_permissions');
  });
}
