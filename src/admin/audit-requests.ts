import type { Request, RequestHandler, Response } from 'express';
import { ipKeyGenerator } from 'express-rate-limit';
import { requestState } from '../auth/request-state.ts';
import type { BeginAct } from '../http/acts.ts';
import { HttpError } from '../http/errors.ts';
import type { Audit } from './audit.ts';

/**
 * Tells the audit of each refusal: 403, and 404 for what is somebody else's, one by one; 401, which anybody can cause
 * without end, counted. To be mounted ahead of whatever may refuse.
 */
export function auditRefusals(audit: Audit): RequestHandler {
  return (req, res, next) => {
    res.once('close', () => {
      const error: unknown = res.locals.error;
      if (error instanceof HttpError) tell(audit, error, req);
    });
    next();
  };
}

function tell(audit: Audit, { status, code, conceals }: HttpError, req: Request): void {
  const refusal = { kind: 'refusal', outcome: 'refused', action: actionOf(req), code } as const;
  if (status === 401) audit.count({ ...refusal, actor: callerOf(req), address: networkOf(req) });
  else if (status === 403 || conceals) {
    const target = conceals?.id ?? targetOf(req);
    audit.note({ ...refusal, ...origin(req), actor: callerOf(req), target, owner: conceals?.owner ?? null });
  }
}

/** Keeps each administrative act: nothing is done before its record is written. */
export function auditActs(audit: Audit): BeginAct {
  return async (req, res) => {
    const end = await audit.begin({
      kind: 'act',
      outcome: 'started',
      action: actionOf(req),
      actor: req.user.clerkId,
      target: targetOf(req),
      ...origin(req),
    });
    return (error) => {
      const details = (res.locals.actDetails as Record<string, string> | undefined) ?? null;
      end({ details, ...outcomeOf(error) });
    };
  };
}

/** Adds what was changed to what to the record of the act that is under way. Nothing personal belongs here. */
export function describeAct(res: Response, details: Record<string, string>): void {
  res.locals.actDetails = details;
}

function outcomeOf(error: unknown) {
  if (error === undefined) return { outcome: 'done' } as const;
  const code = error instanceof HttpError ? error.code : 'internal';
  const isRefused = error instanceof HttpError && error.status < 500;
  return { outcome: isRefused ? 'refused' : 'failed', code } as const;
}

/** The route as it is declared, never the path as it was asked for: that may hold anything. */
function actionOf(req: Request): string {
  return `${req.method} ${req.route ? `${req.baseUrl}${req.route.path}` : '(no route)'}`;
}

/** Who called, as far as the token is genuine: a banned user's, say, is. */
const callerOf = (req: Request) => requestState(req).session?.userId ?? null;

/** Ids are plain; whatever else stands in a path is not kept. */
const ID = /^[\w-]{1,64}$/;

function targetOf({ params }: Request): string | null {
  const [first] = Object.values(params);
  return typeof first === 'string' && ID.test(first) ? first : null;
}

const origin = (req: Request) => ({ address: req.ip ?? null, requestId: String(req.id) });

/** For IPv6 the network: one caller has more addresses than can be counted. */
const networkOf = (req: Request) => (req.ip === undefined ? null : ipKeyGenerator(req.ip));
