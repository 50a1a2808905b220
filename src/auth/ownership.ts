import type { Request } from 'express';
import { type Concealed, type ErrorCode, HttpError } from '../http/errors.ts';
import { type Action, type Scope, scopeOf } from './permissions.ts';
import { roleOf } from './role-of.ts';

/** On whose things the caller of a guarded route may do this: what a list is narrowed by. */
export function callersScope(req: Request, action: Action): Scope | undefined {
  return scopeOf(roleOf(req), action);
}

/**
 * Lets an action on one thing pass where it is the caller's own, or he may do it on anybody's. Otherwise it answers as if
 * there were no such thing (B12); only the audit hears whose it was.
 *
 * @param absent the error of a thing that does not exist
 * @throws HttpError `absent`
 *
 * @example
 * const order = await orders.findById(id);
 * if (!order) throw new HttpError('order_not_found');
 * assertMay(req, 'orders:read', { id, owner: order.clerkId }, 'order_not_found');
 */
export function assertMay(req: Request, action: Action, thing: Concealed, absent: ErrorCode): void {
  const scope = callersScope(req, action);
  if (scope === 'any' || (scope === 'own' && thing.owner === req.user.clerkId)) return;
  throw new HttpError(absent, { conceals: thing });
}
