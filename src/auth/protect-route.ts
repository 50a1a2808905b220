import type { Request, RequestHandler } from 'express';
import { HttpError } from '../http/errors.ts';
import type { User } from '../identity/user.ts';
import { refusalOf } from './authority.ts';
import type { ClerkAuth } from './clerk-auth.ts';
import { guard } from './guard.ts';
import { requestState } from './request-state.ts';

/**
 * Lets a request through whose session token is valid and whose user exists, and sets `req.user` and `req.clerkAuth`
 * (A4 to A8). Otherwise it answers JSON: 401 without a valid token, 404 without a user, 503 where Clerk would have to be
 * asked and cannot be.
 *
 * @example
 * router.get('/profile', protectRoute, (req, res) => res.json({ user: req.user }));
 */
export const protectRoute: RequestHandler = guard((req) => {
  const { session, failure, directory } = requestState(req);
  if (failure !== undefined) throw failure;
  if (session === undefined) throw new HttpError('invalid_token');
  const known = directory.known(session.userId);
  if (known !== undefined) return admit(req, session, known);
  return directory.find(session.userId).then((user) => admit(req, session, user));
});

function admit(req: Request, session: ClerkAuth, user: User | null): void {
  if (user === null) throw new HttpError('user_not_found');
  const refusal = refusalOf(session, user);
  if (refusal) throw new HttpError(refusal);
  req.user = user;
  req.clerkAuth = session;
}
