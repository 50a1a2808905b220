import type { Request } from 'express';
import type { Env } from '../config/env.ts';
import type { Directory } from '../identity/user.ts';
import type { ClerkAuth } from './clerk-auth.ts';

/** What `clerkAuth` leaves on a request for the guards: so that they are plain middleware, without state of their own. */
export interface RequestState {
  /** The verified session, or undefined for a caller who is not signed in. */
  session: ClerkAuth | undefined;
  /** Why the token could not be judged at all: what a guard throws. */
  failure: unknown;
  directory: Directory;
  env: Pick<Env, 'nodeEnv' | 'adminEmails' | 'adminReverifyMinutes' | 'clerk'>;
}

/** Not a string, so that no other middleware can put something in its place by accident. */
const STATE = Symbol('frontdesk.auth');

type Stated = Request & { [STATE]?: RequestState };

export function setRequestState(req: Request, state: RequestState): void {
  (req as Stated)[STATE] = state;
}

/** @throws Error where `clerkAuth` was not mounted ahead of the guard */
export function requestState(req: Request): RequestState {
  const state = (req as Stated)[STATE];
  if (state === undefined) {
    throw new Error('clerkAuth has not run: mount it ahead of every route, app.use(clerkAuth(…))');
  }
  return state;
}
