import { randomUUID } from 'node:crypto';
import type { RequestHandler } from 'express';
import type { Logger } from 'pino';

declare global {
  namespace Express {
    interface Request {
      /** In every answer and every line of the log. */
      id: string;
      /** The log, each line of which says which request it belongs to. */
      log: Logger;
    }
  }
}

/** What a caller may choose as a request id: it stands in logs and answers. */
const SAFE_ID = /^[\w.-]{1,64}$/;

/**
 * Gives each request an id (the caller's `X-Request-Id` where it is a plain one), answers with it, and logs one line for
 * each: method, path without its query, status and time. No header and no body is ever logged.
 */
export function requestLog(log: Logger): RequestHandler {
  return (req, res, next) => {
    const startedAt = performance.now();
    const given = req.headers['x-request-id'];
    req.id = typeof given === 'string' && SAFE_ID.test(given) ? given : randomUUID();
    res.setHeader('X-Request-Id', req.id);
    const path = req.originalUrl.split('?', 1)[0];
    req.log = log.child({ req: { id: req.id, method: req.method, path } });
    res.once('close', () => {
      const level = res.statusCode >= 500 ? 'error' : 'info';
      const outcome = res.writableFinished ? 'request completed' : 'request aborted';
      const responseTime = Math.round(performance.now() - startedAt);
      req.log[level]({ res: { status: res.statusCode }, responseTime }, outcome);
    });
    next();
  };
}
