/**
 * Every error that the API answers with: one registry, from which the bodies, `docs/errors.md` and the OpenAPI document
 * are made. `message` is part of the contract; `cure` says what the caller, or who runs the server, can do about it.
 */
export const ERRORS = {
  invalid_token: {
    status: 401,
    message: 'Unauthorized - Invalid token',
    cure: 'Send a current Clerk session token as `Authorization: Bearer <token>`. Tokens live 60 seconds: ask Clerk for a new one for each call (`getToken()`), and check that the server has the keys of the same Clerk instance.',
  },
  session_ended: {
    status: 401,
    message: 'Unauthorized - Invalid token',
    cure: 'The session that this token belongs to was signed out or revoked: sign in again.',
  },
  user_not_active: {
    status: 401,
    message: 'Unauthorized - Invalid token',
    cure: 'The account is banned or locked in Clerk: an administrator can unban or unlock it there.',
  },
  authentication_required: {
    status: 401,
    message: 'Unauthorized - authentication required',
    cure: 'The route checks a role before it knows the user: put `protectRoute` ahead of `adminOnly` or `requireRole`.',
  },
  admin_only: {
    status: 403,
    message: 'Forbidden - admin access only',
    cure: 'Set `{"role": "admin"}` in the user’s public metadata in Clerk, let the session token carry it as the claim `role`, and use a token made after that. In development, `ADMIN_EMAIL` does it too.',
  },
  insufficient_permissions: {
    status: 403,
    message: 'Forbidden - insufficient permissions',
    cure: 'The route asks for another role: set it in the user’s public metadata in Clerk and use a token made after that.',
  },
  reverification_required: {
    status: 403,
    message: 'Forbidden - recent verification required',
    cure: 'Prove once more who you are (in the browser, Clerk’s `useReverification()` asks by itself), then call with a new token. How recent it must be, `ADMIN_REVERIFY_MINUTES` says.',
  },
  last_admin: {
    status: 409,
    message: 'The last administrator must stay',
    cure: 'Make somebody else an administrator first: nobody else who is active has the role `admin`.',
  },
  admin_change_in_progress: {
    status: 409,
    message: 'Another administrator is being changed',
    cure: 'Two administrators cannot be demoted or banned at the same moment: try again after as many seconds as `Retry-After` says.',
  },
  event_not_found: {
    status: 404,
    message: 'Event not found',
    cure: 'Take the id from `GET /api/admin/sync/events`. Only what failed, or was not handled yet, can be replayed.',
  },
  user_not_found: {
    status: 404,
    message: 'User not found',
    cure: 'The token is valid, but Clerk has no such user (any more): sign in again. If the user exists in Clerk, run `npm run sync -- --user <id>`.',
  },
  not_found: {
    status: 404,
    message: 'Not found',
    cure: 'There is no such route: see `/docs` for those there are.',
  },
  product_not_found: {
    status: 404,
    message: 'Product not found',
    cure: 'Take the id from `GET /api/products`.',
  },
  order_not_found: {
    status: 404,
    message: 'Order not found',
    cure: 'Take the id from `GET /api/orders`. An order of somebody else answers as one that does not exist.',
  },
  address_not_found: {
    status: 404,
    message: 'Address not found',
    cure: 'Take the id from `GET /api/users/addresses`. An address of somebody else answers as one that does not exist.',
  },
  invalid_request: {
    status: 400,
    message: 'Invalid request',
    cure: '`issues` names each wrong field: where it stands, and what is expected. Unknown fields are refused.',
  },
  invalid_json: {
    status: 400,
    message: 'Invalid JSON',
    cure: 'Send a JSON object as the body, with `Content-Type: application/json`.',
  },
  bad_request: {
    status: 400,
    message: 'Bad request',
    cure: 'The request itself is malformed: its path, its encoding or its headers.',
  },
  body_too_large: {
    status: 413,
    message: 'Request body too large',
    cure: 'Bodies hold at most 100 kB (a webhook’s 1 MB).',
  },
  headers_too_large: {
    status: 431,
    message: 'Request headers too large',
    cure: 'All headers together hold at most 16 kB.',
  },
  unsupported_media_type: {
    status: 415,
    message: 'Unsupported media type',
    cure: 'Send JSON in UTF-8, uncompressed or as gzip, deflate or br.',
  },
  rate_limited: {
    status: 429,
    message: 'Too many requests',
    cure: 'Wait for as many seconds as `Retry-After` says. The limit is `RATE_LIMIT_PER_MINUTE`.',
  },
  insufficient_stock: {
    status: 409,
    message: 'Insufficient stock',
    cure: '`details` names the product: order fewer pieces of it, or none.',
  },
  currency_mismatch: {
    status: 409,
    message: 'Products of different currencies',
    cure: 'Order the products of each currency separately.',
  },
  order_status_conflict: {
    status: 409,
    message: 'Order status cannot change like this',
    cure: '`details` names the statuses that can follow the present one.',
  },
  idempotency_key_reused: {
    status: 409,
    message: 'Idempotency key already used',
    cure: 'The same `Idempotency-Key` came with another body: take a new key for a new order.',
  },
  order_in_progress: {
    status: 409,
    message: 'Order in progress',
    cure: 'An earlier request with this `Idempotency-Key` is still being worked on: repeat it after as many seconds as `Retry-After` says.',
  },
  limit_reached: {
    status: 409,
    message: 'Limit reached',
    cure: '`details` names the limit: remove an entry first.',
  },
  invalid_signature: {
    status: 400,
    message: 'Invalid signature',
    cure: '`CLERK_WEBHOOK_SECRET` must be the signing secret of this endpoint in Clerk, the body must arrive unchanged, and the clocks must agree to within 5 minutes.',
  },
  inngest_error: {
    status: 500,
    message: 'Inngest error',
    cure: 'Inngest did not take the event; the sender delivers it again. Check that Inngest runs and that its keys are right.',
  },
  clerk_unavailable: {
    status: 503,
    message: 'Service unavailable',
    cure: 'Clerk could not be asked about the user: try again after as many seconds as `Retry-After` says.',
  },
  not_ready: {
    status: 503,
    message: 'Not ready',
    cure: 'MongoDB does not answer, or the server is shutting down: try again shortly.',
  },
  internal: {
    status: 500,
    message: 'Internal server error',
    cure: 'Something of ours failed: the log has the cause under the `requestId`.',
  },
} as const satisfies Record<string, ErrorEntry>;

interface ErrorEntry {
  status: number;
  message: string;
  cure: string;
}

export type ErrorCode = keyof typeof ERRORS;

/** One wrong field: `path` is dotted, such as `items.0.quantity`; empty for the whole. */
export interface Issue {
  in: 'body' | 'query' | 'params' | 'headers';
  path: string;
  message: string;
}

/** A thing of somebody's; the owner is null where it is nobody's any more, or that is not known. */
export interface Concealed {
  id: string;
  owner: string | null;
}

export interface HttpErrorOptions extends ErrorOptions {
  /** Shown to the caller: it must hold nothing secret. */
  details?: string;
  issues?: Issue[];
  headers?: Record<string, string>;
  /** What a client library of somebody else's looks for in the body. */
  hint?: Record<string, unknown>;
  /** What there is and whose, where the answer says that there is no such thing (B12): for the audit alone. */
  conceals?: Concealed;
}

/** An error that the API answers with; whatever else is thrown becomes `internal`. */
export class HttpError extends Error {
  readonly code: ErrorCode;
  readonly status: number;
  readonly details: string | undefined;
  readonly issues: Issue[] | undefined;
  readonly headers: Record<string, string>;
  readonly hint: Record<string, unknown>;
  readonly conceals: Concealed | undefined;

  constructor(
    code: ErrorCode,
    { details, issues, headers = {}, hint = {}, conceals, ...options }: HttpErrorOptions = {},
  ) {
    super(ERRORS[code].message, options);
    this.name = 'HttpError';
    this.code = code;
    this.status = ERRORS[code].status;
    this.details = details;
    this.issues = issues;
    this.headers = headers;
    this.hint = hint;
    this.conceals = conceals;
  }
}
