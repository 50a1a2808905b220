import type { Request, RequestHandler } from 'express';
import { answerError } from '../http/error-response.ts';
import { HttpError } from '../http/errors.ts';

/**
 * Makes middleware of a check: what it throws is answered here, in the contract's form, so that a guard works in any
 * Express router, whatever error handler that has.
 */
export function guard(check: (req: Request) => void | Promise<void>): RequestHandler {
  return (req, res, next) => {
    function refuse(error: unknown): void {
      // Without clerkAuth there is no log either: then it is for the application's own error handler to tell.
      if (error instanceof HttpError || req.log) answerError(error, req, res);
      else next(error);
    }
    let checked: void | Promise<void>;
    try {
      checked = check(req);
    } catch (error) {
      return refuse(error);
    }
    // A request waits where something has to be fetched, and only there.
    return checked === undefined ? next() : checked.then(() => next(), refuse);
  };
}

/** A11: a role can only be asked about behind `protectRoute`. */
export function assertProtected(req: Request): void {
  if (!req.user || !req.clerkAuth) throw new HttpError('authentication_required');
}
