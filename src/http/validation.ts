import type { Request } from 'express';
import type { z } from 'zod';
import { HttpError, type Issue } from './errors.ts';
import type { Route } from './route.ts';

/**
 * Checks what came in against a route's declaration (B11).
 *
 * @throws HttpError `invalid_request` naming every wrong field, or `invalid_json` where a body is due and is no object
 */
export function validate(route: Route, req: Request) {
  const issues: Issue[] = [];
  const part = (
    place: Issue['in'],
    schema: z.ZodType | undefined,
    value: unknown,
  ): Record<string, unknown> => {
    if (schema === undefined) return {};
    const parsed = schema.safeParse(value);
    if (!parsed.success) issues.push(...issuesOf(place, parsed.error));
    return (parsed.data ?? {}) as Record<string, unknown>;
  };
  if (route.body && (req.body === undefined || Buffer.isBuffer(req.body)))
    throw new HttpError('invalid_json');
  const input = {
    params: part('params', route.params, req.params),
    query: part('query', route.query, { ...req.query }),
    body: part('body', route.body, req.body),
    headers: part('headers', route.headers, req.headers),
  };
  refuseUndeclared(route, req, issues);
  if (issues.length > 0) throw new HttpError('invalid_request', { issues });
  return input;
}

/** A route that declares no query or body takes none: what is sent there is a mistake of the caller. */
function refuseUndeclared(route: Route, req: Request, issues: Issue[]): void {
  if (!route.query) {
    for (const path of Object.keys(req.query))
      issues.push({ in: 'query', path, message: 'Unrecognized parameter' });
  }
  if (!route.body && isFilled(req.body))
    issues.push({ in: 'body', path: '', message: 'No body is expected here' });
}

const isFilled = (body: unknown) => typeof body === 'object' && body !== null && Object.keys(body).length > 0;

function issuesOf(place: Issue['in'], error: z.ZodError): Issue[] {
  return error.issues.flatMap(({ path, message, ...issue }) => {
    const at = path.map(String);
    if (issue.code !== 'unrecognized_keys') return [{ in: place, path: at.join('.'), message }];
    return issue.keys.map((key) => ({
      in: place,
      path: [...at, key].join('.'),
      message: 'Unrecognized field',
    }));
  });
}
