import {
  type SignedInAuthObject,
  type SignedOutAuthObject,
  signedOutAuthObject,
} from '@clerk/backend/internal';
import type { Request, RequestHandler } from 'express';
import type { Logger } from 'pino';
import type { Env } from '../config/env.ts';
import type { Directory, User } from '../identity/user.ts';
import { bearerToken } from './bearer-token.ts';
import { setRequestState } from './request-state.ts';
import type { SessionVerifier } from './session-verifier.ts';
import type { VerifiedTokens } from './verified-tokens.ts';

/** What a verified session token says: `userId`, `sessionId`, `sessionClaims`, `getToken()`, `has()`, … */
export type ClerkAuth = SignedInAuthObject;

declare global {
  namespace Express {
    interface Request {
      /**
       * Who is calling (A3): there on every route, signed in or not. Of session tokens alone, so that `userId` needs no
       * narrowing (B13).
       *
       * @param options whether a session with a task still to do counts as signed out; it does where nothing is said
       */
      auth: (options?: { treatPendingAsSignedOut?: boolean }) => ClerkAuth | SignedOutAuthObject;
      /** The caller as the mirror holds them (A8): there behind `protectRoute`, and only there. */
      user: User;
      /** What the session token says (A8): there behind `protectRoute`, and only there. */
      clerkAuth: ClerkAuth;
    }
  }
}

export interface ClerkAuthOptions {
  verify: SessionVerifier;
  verified: VerifiedTokens;
  directory: Directory;
  env: Pick<Env, 'nodeEnv' | 'adminEmails' | 'adminReverifyMinutes' | 'clerk'>;
  /** The guards' log where no other middleware has given the request one. */
  log: Logger;
}

/** How `@clerk/express` knows that `req.auth` is Clerk's: with it `getAuth(req)` works, and its middleware stands back. */
const BRAND = Symbol.for('@clerk/express.auth');

type AuthFunction = Express.Request['auth'];

const branded = (auth: AuthFunction): AuthFunction => Object.assign(auth, { [BRAND]: true });

const signedOut = branded(() => signedOutAuthObject());

/**
 * The global middleware, in the place of Clerk's `clerkMiddleware()`: it blocks nobody, and afterwards `req.auth()`
 * answers on every route (A3). Clerk's SDK decides about each token once; what it accepted is remembered until the
 * token expires.
 *
 * @example
 * app.use(clerkAuth({ verify, verified, directory, env, log }));
 * app.get('/profile', protectRoute, (req, res) => res.json({ user: req.user }));
 */
export function clerkAuth({ verify, verified, directory, env, log }: ClerkAuthOptions): RequestHandler {
  function enter(req: Request, session: ClerkAuth | undefined, failure?: unknown): void {
    req.log ??= log;
    req.auth = session ? authFunction(session) : signedOut;
    setRequestState(req, {
      session: isPending(session) ? undefined : session,
      failure,
      directory,
      env,
    });
  }

  async function enterUnknown(req: Request, token: string): Promise<void> {
    try {
      const session = await verify(token);
      if (session) verified.set(token, session);
      enter(req, session);
    } catch (error) {
      enter(req, undefined, error);
    }
  }

  return (req, _res, next) => {
    const token = mayCarryToken(req) ? bearerToken(req.headers.authorization) : undefined;
    const known = token === undefined ? undefined : verified.get(token);
    if (token !== undefined && known === undefined) return enterUnknown(req, token).then(() => next());
    enter(req, known);
    next();
  };
}

/**
 * What the SDK refuses to look at: a TRACE, which repeats its headers to whoever sent it, and a target of two slashes,
 * which is a host to some parsers and a path to others.
 */
const mayCarryToken = ({ method, originalUrl }: Request) =>
  method !== 'TRACE' && !originalUrl.startsWith('//');

/** Signed in, but with a task still to do (choose an organization, …): Clerk counts that as signed out. */
const isPending = (session: ClerkAuth | undefined) => session?.sessionStatus === 'pending';

function authFunction(session: ClerkAuth): AuthFunction {
  if (!isPending(session)) return branded(() => session);
  return branded((options) =>
    options?.treatPendingAsSignedOut === false ? session : signedOutAuthObject(undefined, 'pending'),
  );
}
