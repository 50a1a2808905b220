import type { RequestHandler } from 'express';
import { rateLimit as expressRateLimit, ipKeyGenerator } from 'express-rate-limit';
import { requestState } from '../auth/request-state.ts';
import { answerError } from './error-response.ts';
import { HttpError } from './errors.ts';

/**
 * Limits what one client may ask in a minute: a signed-in user by id, everybody else by address (for IPv6 by network).
 * It counts in this process; the standard `RateLimit` headers tell the client where it stands.
 *
 * @param perMinute 0: no limit
 */
export function rateLimit(perMinute: number): RequestHandler {
  if (perMinute === 0) return (_req, _res, next) => next();
  return expressRateLimit({
    windowMs: 60_000,
    limit: perMinute,
    // The eighth draft would hash the client's key for each request.
    standardHeaders: 'draft-7',
    legacyHeaders: false,
    keyGenerator: (req) => requestState(req).session?.userId ?? ipKeyGenerator(req.ip ?? ''),
    // Retry-After is set by the library before it calls this.
    handler: (req, res) => answerError(new HttpError('rate_limited'), req, res),
  });
}
