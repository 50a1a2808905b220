import type { Request, Response } from 'express';
import { rolesWith } from '../auth/permissions.ts';
import type { Route } from './route.ts';

/** Called before an administrative act, and awaited; what it answers is called when the act has ended, or failed. */
export type BeginAct = (req: Request, res: Response) => Promise<(error?: unknown) => void>;

/** Whether calling a route is an administrative act: it changes something, and not everybody may call it. */
export function isAct({ method, guard }: Pick<Route, 'method' | 'guard'>): boolean {
  if (method === 'get' || guard === 'anyone' || guard === 'signedIn') return false;
  if (guard === 'admin') return true;
  const roles = 'permission' in guard ? rolesWith(guard.permission) : guard;
  return !roles.includes('user');
}
