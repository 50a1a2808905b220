import type { Request, Response } from 'express';
import { ERRORS, type HttpError } from './errors.ts';
import { toHttpError } from './to-http-error.ts';

/**
 * Answers with an error in the contract's form: `{ message, code, requestId }`, and `details` or `issues` where there are
 * any. What is not an `HttpError` becomes 500 and is logged with its cause (A7).
 */
export function answerError(error: unknown, req: Request, res: Response): void {
  const known = toHttpError(error);
  // Who looks at the response when it is done, such as the audit, finds the reason here.
  res.locals.error = known;
  if (known.status >= 500) req.log?.error({ err: known.cause ?? known, code: known.code }, known.message);
  if (res.headersSent) {
    // Too late for another answer: cut it off, so that the client sees that it is not whole.
    res.destroy();
    return;
  }
  res
    .status(known.status)
    .set(known.headers)
    .json(errorBody(known, String(req.id ?? '')));
}

/** The body of an error; the webhook's has the message under `error` (B2). */
export function errorBody(error: HttpError, requestId: string, name: 'message' | 'error' = 'message') {
  return {
    [name]: ERRORS[error.code].message,
    ...(error.details === undefined ? {} : { details: error.details }),
    code: error.code,
    ...(error.issues === undefined ? {} : { issues: error.issues }),
    ...error.hint,
    requestId,
  };
}
