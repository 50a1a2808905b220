import type { Request } from 'express';
import { effectiveRole } from './authority.ts';
import { requestState } from './request-state.ts';
import type { Role } from './roles.ts';
import { tokenFacts } from './token-facts.ts';

/** The role that the caller of a guarded route has now (A10, B10). */
export function roleOf(req: Request): Role {
  return effectiveRole(tokenFacts(req.clerkAuth, requestState(req).env.clerk.roleClaim), req.user);
}
