import { type RequestHandler, type Response, Router } from 'express';
import {
  adminOnly,
  protectRoute,
  requirePermission,
  requireReverification,
  requireRole,
} from '../auth/index.ts';
import type { Route } from './route.ts';
import { validate } from './validation.ts';

/** The middleware that a route's guard stands for. */
export function guardsOf({ guard, reverify }: Pick<Route, 'guard' | 'reverify'>): RequestHandler[] {
  if (guard === 'anyone') return [];
  const guards = [protectRoute];
  if (guard === 'admin') guards.push(adminOnly);
  else if (guard !== 'signedIn')
    guards.push('permission' in guard ? requirePermission(guard.permission) : requireRole(guard));
  if (reverify) guards.push(requireReverification);
  return guards;
}

/** An Express router of declared routes. */
export function registerRoutes(routes: readonly Route[]): Router {
  const router = Router({ caseSensitive: true });
  for (const route of routes) router[route.method](route.path, ...guardsOf(route), handle(route));
  return router;
}

function handle(route: Route): RequestHandler {
  return async (req, res) => {
    const input = validate(route, req);
    const result = await route.handler({
      ...input,
      user: req.user,
      auth: req.clerkAuth,
      req,
      res,
    } as Parameters<Route['handler']>[0]);
    answer(route, result, res);
  };
}

/** Answers with what is declared and no more: a field that the schema does not name never leaves. */
function answer(route: Route, result: unknown, res: Response): void {
  res.status(res.statusCode === 200 ? route.status : res.statusCode);
  if (route.response === undefined) res.end();
  else res.json(route.response.parse(result));
}
