import type { Request, Response } from 'express';
import type { z } from 'zod';
import type { ClerkAuth } from '../auth/clerk-auth.ts';
import type { Permission } from '../auth/permissions.ts';
import type { Role } from '../auth/roles.ts';
import type { User } from '../identity/user.ts';
import type { ErrorCode } from './errors.ts';

/** Who may call a route: `anyone`, everyone `signedIn`, `admin` alone, the roles listed, or who has a permission. */
export type Guard = 'anyone' | 'signedIn' | 'admin' | readonly Role[] | { readonly permission: Permission };

type Shape = z.ZodObject;
type Parsed<S> = S extends Shape ? z.output<S> : Record<string, never>;

interface RouteInput<G extends Guard, P, Q, B, H> {
  params: Parsed<P>;
  query: Parsed<Q>;
  body: Parsed<B>;
  headers: Parsed<H>;
  /** The caller: there on every guarded route. */
  user: G extends 'anyone' ? undefined : User;
  auth: G extends 'anyone' ? undefined : ClerkAuth;
  req: Request;
  res: Response;
}

export interface RouteDeclaration<
  G extends Guard,
  P extends Shape | undefined,
  Q extends Shape | undefined,
  B extends Shape | undefined,
  H extends Shape | undefined,
  R extends z.ZodType | undefined,
> {
  method: 'get' | 'post' | 'put' | 'patch' | 'delete';
  /** As Express writes it: `/api/products/:id`. */
  path: string;
  guard: G;
  /** Whether it also asks for a recent proof of who the caller is, where `ADMIN_REVERIFY_MINUTES` says so. */
  reverify?: boolean;
  summary: string;
  description?: string;
  /** The section of the API it is shown in. */
  tag: string;
  params?: P;
  query?: Q;
  body?: B;
  /** Of the request headers only those declared here are looked at; names in lower case. */
  headers?: H;
  /** The status of success; 200 where it is left out, 204 where there is no `response`. */
  status?: 200 | 201 | 202 | 204;
  /** What is answered is cut to this: a field that is not declared never leaves the server. */
  response?: R;
  /** The errors that the handler adds to those of the guard and the validation. */
  errors?: readonly ErrorCode[];
  handler(
    input: RouteInput<G, P, Q, B, H>,
  ): Promise<R extends z.ZodType ? z.input<R> : void> | (R extends z.ZodType ? z.input<R> : void);
}

/** A declaration with its types forgotten: what the router, the OpenAPI document and the tests read. */
export interface Route {
  method: 'get' | 'post' | 'put' | 'patch' | 'delete';
  path: string;
  guard: Guard;
  reverify: boolean;
  summary: string;
  description: string | undefined;
  tag: string;
  params: Shape | undefined;
  query: Shape | undefined;
  body: Shape | undefined;
  headers: Shape | undefined;
  status: 200 | 201 | 202 | 204;
  response: z.ZodType | undefined;
  errors: readonly ErrorCode[];
  handler(input: RouteInput<Guard, Shape, Shape, Shape, Shape>): unknown;
}

/**
 * Declares a route once. The declaration registers it in an Express router, guards it, validates what comes in (unknown
 * fields are refused) and what goes out, and documents it.
 *
 * @example
 * route({
 *   method: 'get', path: '/api/users/profile', guard: 'signedIn', tag: 'Users', summary: 'My profile',
 *   response: z.object({ user: publicUser }),
 *   handler: async ({ user }) => ({ user }),
 * })
 */
export function route<
  const G extends Guard,
  P extends Shape | undefined = undefined,
  Q extends Shape | undefined = undefined,
  B extends Shape | undefined = undefined,
  H extends Shape | undefined = undefined,
  R extends z.ZodType | undefined = undefined,
>(declaration: RouteDeclaration<G, P, Q, B, H, R>): Route {
  const { params, query, body, headers, description, response, errors = [], handler, ...rest } = declaration;
  return {
    ...rest,
    reverify: rest.reverify ?? false,
    description,
    params: params?.strict(),
    query: query?.strict(),
    body: body?.strict(),
    headers,
    status: rest.status ?? (response === undefined ? 204 : 200),
    response,
    errors,
    handler: handler as Route['handler'],
  };
}
