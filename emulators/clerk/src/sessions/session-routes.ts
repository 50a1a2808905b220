import { refuse } from '../http/api-error.ts';
import { type Fields, readInput } from '../http/input.ts';
import type { Route } from '../http/router.ts';
import type { Instance } from '../instance.ts';
import { mintFor } from '../tokens/mint.ts';
import { TOKEN_LIFETIME_S } from '../tokens/session-token.ts';
import { findUser } from '../users/user-view.ts';
import { isActive, sessionJson } from './session.ts';
import { createSession, endSession, findSession } from './session-changes.ts';

const CREATE_FIELDS = {
  user_id: { kind: 'string', required: true },
  active_organization_id: { kind: 'unsupported' },
} as const satisfies Fields;

const TOKEN_FIELDS = { expires_in_seconds: { kind: 'integer', nullable: true } } as const satisfies Fields;
const TOKEN_LIFETIMES_S = { min: 30, max: 315_360_000 };

const STATUSES = ['abandoned', 'active', 'ended', 'expired', 'removed', 'replaced', 'revoked', 'pending'];

/** `/v1/sessions` of the Backend API. */
export function sessionRoutes(instance: Instance): Route[] {
  const { sessions, clock } = instance;
  return [
    {
      method: 'GET',
      path: '/v1/sessions',
      handler: ({ query }) => {
        const filter = {
          userId: query.text('user_id'),
          clientId: query.text('client_id'),
          status: query.text('status'),
        };
        const paginated = query.flag('paginated') ?? false;
        const page = query.page();
        query.done();
        if (filter.userId === undefined && filter.clientId === undefined) {
          throw refuse.missingParam('user_id or client_id');
        }
        if (filter.status !== undefined && !STATUSES.includes(filter.status)) {
          throw refuse.badValue(
            'status',
            `${filter.status} does not match one of the allowed values for parameter status`,
          );
        }
        const now = clock.now();
        const data = sessions.list(filter, now, page).map((row) => sessionJson(row, now));
        return paginated ? { data, total_count: sessions.count(filter, now) } : data;
      },
    },
    {
      method: 'POST',
      path: '/v1/sessions',
      handler: ({ body, caller }) => {
        const { user_id } = readInput(body, CREATE_FIELDS);
        return createSession(instance, findUser(instance, user_id), caller);
      },
    },
    {
      method: 'GET',
      path: '/v1/sessions/:session_id',
      handler: ({ param }) => sessionJson(findSession(instance, param('session_id')), clock.now()),
    },
    {
      method: 'POST',
      path: '/v1/sessions/:session_id/revoke',
      handler: ({ param, caller }) =>
        endSession(instance, findSession(instance, param('session_id')), 'revoked', caller),
    },
    {
      method: 'POST',
      path: '/v1/sessions/:session_id/verify',
      handler: () => {
        throw refuse.deprecated();
      },
    },
    {
      method: 'POST',
      path: '/v1/sessions/:session_id/tokens',
      handler: ({ param, body }) => {
        const lifetimeSeconds = readInput(body, TOKEN_FIELDS).expires_in_seconds ?? TOKEN_LIFETIME_S;
        const { min, max } = TOKEN_LIFETIMES_S;
        if (lifetimeSeconds < min || lifetimeSeconds > max) {
          throw refuse.badValue('expires_in_seconds', `expires_in_seconds must be from ${min} to ${max}.`);
        }
        const session = findSession(instance, param('session_id'));
        if (!isActive(session, clock.now())) throw refuse.sessionNotFound(session.id);
        return { object: 'token', jwt: mintFor(instance, session, { lifetimeSeconds }) };
      },
    },
    {
      method: 'POST',
      path: '/v1/sessions/:session_id/tokens/:template_name',
      handler: ({ param }) => {
        throw refuse.templateNotFound(param('template_name'));
      },
    },
  ];
}
