import { z } from 'zod';
import { createDocument, type ZodOpenApiOperationObject, type ZodOpenApiPathsObject } from 'zod-openapi';
import { rolesWith } from '../auth/permissions.ts';
import { ERRORS, type ErrorCode } from './errors.ts';
import type { Guard, Route } from './route.ts';

const errorSchema = z
  .object({
    message: z.string(),
    code: z.string().meta({ description: 'Stable: see the list of errors.' }),
    requestId: z.string(),
    details: z.string().optional(),
    issues: z
      .array(
        z.object({
          in: z.enum(['body', 'query', 'params', 'headers']),
          path: z.string(),
          message: z.string(),
        }),
      )
      .optional(),
  })
  .meta({ id: 'Error' });

/** The OpenAPI 3.1 document of the declared routes. */
export function openApiDocument(routes: readonly Route[], { version }: { version: string }) {
  const paths: ZodOpenApiPathsObject = {};
  for (const route of routes) {
    const path = route.path.replace(/:(\w+)/g, '{$1}');
    paths[path] = { ...paths[path], [route.method]: operation(route) };
  }
  return createDocument({
    openapi: '3.1.0',
    info: {
      title: 'Frontdesk',
      version,
      description: 'Sign in with Clerk and send the session token as a bearer token. Tokens live 60 seconds.',
    },
    paths,
    components: {
      securitySchemes: {
        session: {
          type: 'http',
          scheme: 'bearer',
          bearerFormat: 'JWT',
          description: 'A Clerk session token.',
        },
      },
    },
  });
}

function operation(route: Route): ZodOpenApiOperationObject {
  const { params, query, headers, body, response, status } = route;
  const requestParams = {
    ...(params && { path: params }),
    ...(query && { query }),
    ...(headers && { header: headers }),
  };
  return {
    operationId: operationId(route),
    tags: [route.tag],
    summary: route.summary,
    description: [route.description, whoMayCall(route)].filter(Boolean).join('\n\n'),
    ...(route.guard === 'anyone' ? {} : { security: [{ session: [] }] }),
    ...(Object.keys(requestParams).length > 0 && { requestParams }),
    ...(body && { requestBody: { required: true, content: { 'application/json': { schema: body } } } }),
    responses: {
      [status]: response
        ? { description: 'Success', content: { 'application/json': { schema: response } } }
        : { description: 'Success, without a body' },
      ...errorResponses(errorsOf(route)),
    },
  };
}

/** Every error that a route can answer with: its own, its guard's, and the validation's. */
export function errorsOf({ guard, reverify, params, query, headers, body, errors }: Route): ErrorCode[] {
  const signedIn: ErrorCode[] = [
    'invalid_token',
    'session_ended',
    'user_not_active',
    'user_not_found',
    'clerk_unavailable',
  ];
  const codes: ErrorCode[] = [...errors, 'rate_limited', 'internal'];
  if (params || query || headers || body) codes.push('invalid_request');
  if (body) codes.push('invalid_json', 'body_too_large', 'unsupported_media_type');
  if (guard !== 'anyone') codes.push(...signedIn);
  if (guard === 'admin') codes.push('admin_only');
  if (typeof guard === 'object') codes.push('insufficient_permissions');
  if (reverify) codes.push('reverification_required');
  return [...new Set(codes)];
}

function errorResponses(codes: ErrorCode[]) {
  const byStatus = Map.groupBy(codes, (code) => ERRORS[code].status);
  const sorted = [...byStatus].sort(([a], [b]) => a - b);
  return Object.fromEntries(
    sorted.map(([status, same]) => [
      status,
      {
        description: same.map((code) => `\`${code}\`: ${ERRORS[code].message}`).join('\n\n'),
        content: { 'application/json': { schema: errorSchema } },
      },
    ]),
  );
}

function whoMayCall({ guard, reverify }: Route): string {
  const who = whoIsMeant(guard);
  return reverify ? `${who} With a recent verification, where \`ADMIN_REVERIFY_MINUTES\` asks for it.` : who;
}

function whoIsMeant(guard: Guard): string {
  if (guard === 'anyone') return 'Open to all.';
  if (guard === 'signedIn') return 'For everybody who is signed in.';
  if (guard === 'admin') return 'For administrators.';
  if ('permission' in guard) {
    return `For who has the permission \`${guard.permission}\`: the roles ${rolesWith(guard.permission).join(', ')}.`;
  }
  return `For the roles ${guard.join(', ')}.`;
}

/** `get /api/users/addresses/:id` becomes `getUsersAddressesById`. */
function operationId({ method, path }: Route): string {
  const words = path
    .replace(/^\/api\//, '')
    .split('/')
    .filter(Boolean);
  return (
    method +
    words.map((word) => (word.startsWith(':') ? `By${capital(word.slice(1))}` : capital(word))).join('')
  );
}

const capital = (word: string) =>
  word
    .replace(/\.\w+$/, '')
    .replace(/(^|[^a-zA-Z]+)([a-zA-Z])/g, (_all, _gap, letter: string) => letter.toUpperCase());
