import { type RequestHandler, type Response, Router } from 'express';
import {
  adminOnly,
  protectRoute,
  requirePermission,
  requireReverification,
  requireRole,
} from '../auth/index.ts';
import { type BeginAct, isAct } from './acts.ts';
import type { Route } from './route.ts';
import { validate } from './validation.ts';

/** The middleware that a route's guard stands for. */
function guardsOf({ guard, reverify }: Pick<Route, 'guard' | 'reverify'>): RequestHandler[] {
  if (guard === 'anyone') return [];
  const guards = [protectRoute];
  if (guard === 'admin') guards.push(adminOnly);
  else if (guard !== 'signedIn')
    guards.push('permission' in guard ? requirePermission(guard.permission) : requireRole(guard));
  if (reverify) guards.push(requireReverification);
  return guards;
}

/**
 * An Express router of declared routes.
 *
 * @param beginAct told of each administrative act: of what is valid and about to be done
 */
export function registerRoutes(routes: readonly Route[], { beginAct }: { beginAct?: BeginAct } = {}): Router {
  const router = Router({ caseSensitive: true });
  for (const route of routes) {
    router[route.method](route.path, ...guardsOf(route), handle(route, isAct(route) ? beginAct : undefined));
  }
  return router;
}

function handle(route: Route, beginAct: BeginAct | undefined): RequestHandler {
  return async (req, res) => {
    const input = { ...validate(route, req), user: req.user, auth: req.clerkAuth, req, res };
    const endAct = await beginAct?.(req, res);
    let result: unknown;
    try {
      result = await route.handler(input as Parameters<Route['handler']>[0]);
    } catch (error) {
      endAct?.(error);
      throw error;
    }
    endAct?.();
    answer(route, result, res);
  };
}

/** Answers with what is declared and no more: a field that the schema does not name never leaves. */
function answer(route: Route, result: unknown, res: Response): void {
  res.status(res.statusCode === 200 ? route.status : res.statusCode);
  if (route.response === undefined) res.end();
  else res.json(route.response.parse(result));
}
