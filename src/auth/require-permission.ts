import type { RequestHandler } from 'express';
import { HttpError } from '../http/errors.ts';
import { assertProtected, guard } from './guard.ts';
import { isPermitted, type Permission, rolesWith } from './permissions.ts';
import { roleOf } from './role-of.ts';

/**
 * Lets those through whose role has a permission in the table (`permissions.ts`). It stands behind `protectRoute`. With a
 * permission on one's `own` things, the handler still asks whose this one is: `assertMay`.
 *
 * @throws TypeError when it is made with a permission that no role has
 *
 * @example
 * router.patch('/orders/:id', protectRoute, requirePermission('orders:update'), handler);
 */
export function requirePermission(permission: Permission): RequestHandler {
  if (rolesWith(permission).length === 0) {
    throw new TypeError(
      `requirePermission knows no permission ${JSON.stringify(permission)}: see permissions.ts`,
    );
  }
  return guard((req) => {
    assertProtected(req);
    if (!isPermitted(roleOf(req), permission)) throw new HttpError('insufficient_permissions');
  });
}
