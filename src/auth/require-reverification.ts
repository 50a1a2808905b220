import { reverificationError } from '@clerk/backend/internal';
import type { RequestHandler } from 'express';
import { HttpError } from '../http/errors.ts';
import { assertProtected, guard } from './guard.ts';
import { requestState } from './request-state.ts';

/**
 * Lets those through who proved who they are within the last `ADMIN_REVERIFY_MINUTES`: by their second factor, or by the
 * first where they have no second. Clerk's token says how long ago that was (`fva`). It stands behind `protectRoute`.
 * The refusal carries Clerk's own hint, so that `useReverification()` in the browser asks the user by itself
 * (https://clerk.com/docs/guides/secure/reverification).
 */
export const requireReverification: RequestHandler = guard((req) => {
  assertProtected(req);
  const afterMinutes = requestState(req).env.adminReverifyMinutes;
  if (afterMinutes === 0) return;
  const reverification = { level: 'second_factor', afterMinutes } as const;
  if (req.clerkAuth.has({ reverification })) return;
  throw new HttpError('reverification_required', { hint: reverificationError(reverification) });
});
