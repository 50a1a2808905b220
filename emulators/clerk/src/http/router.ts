import type { ServerResponse } from 'node:http';
import type { Caller } from '../webhooks/events.ts';
import type { Query } from './query.ts';

/** A call that reached a route. */
export interface Call {
  /** A part of the path that the route names, such as `user_id`. */
  param(name: string): string;
  query: Query;
  /** The body as parsed JSON; `{}` where there is none. */
  body: unknown;
  caller: Caller;
}

/** An answer that is no JSON and writes itself. */
export class RawReply {
  readonly write: (response: ServerResponse) => void;

  constructor(write: (response: ServerResponse) => void) {
    this.write = write;
  }
}

/** Answers a call with what becomes its JSON body, or with a RawReply; or throws an ApiError. */
type Handler = (call: Call) => unknown;

export interface Route {
  method: string;
  /** Such as `/v1/users/:user_id`. */
  path: string;
  handler: Handler;
}

/** Finds the route of a call. Where several fit, the first one counts. */
export type Router = (
  method: string,
  path: string,
) => { route: Route; params: Record<string, string> } | undefined;

export function createRouter(routes: readonly Route[]): Router {
  const compiled = routes.map((route) => ({ route, parts: route.path.split('/') }));
  return (method, path) => {
    const parts = path.split('/');
    for (const candidate of compiled) {
      if (candidate.route.method !== method) continue;
      const params = match(candidate.parts, parts);
      if (params) return { route: candidate.route, params };
    }
    return undefined;
  };
}

function match(pattern: readonly string[], parts: readonly string[]): Record<string, string> | undefined {
  if (pattern.length !== parts.length) return undefined;
  const params: Record<string, string> = {};
  for (const [place, expected] of pattern.entries()) {
    const part = parts[place] ?? '';
    if (expected.startsWith(':') && part !== '') params[expected.slice(1)] = decode(part);
    else if (expected !== part) return undefined;
  }
  return params;
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
