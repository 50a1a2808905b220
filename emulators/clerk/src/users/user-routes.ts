import { readInput } from '../http/input.ts';
import type { Call, Route } from '../http/router.ts';
import type { Instance } from '../instance.ts';
import * as accounts from './accounts.ts';
import type { UserRow } from './user.ts';
import { CREATE_FIELDS, METADATA_FIELDS, UPDATE_FIELDS } from './user-fields.ts';
import { countUsers, listUsers } from './user-search.ts';
import { findUser, viewUser, viewUsers } from './user-view.ts';

/** `/v1/users` of the Backend API. */
export function userRoutes(instance: Instance): Route[] {
  const { db } = instance.storage;
  const ofUser =
    (act: (user: UserRow, call: Call) => unknown) =>
    (call: Call): unknown =>
      act(findUser(instance, call.param('user_id')), call);

  return [
    { method: 'GET', path: '/v1/users', handler: ({ query }) => viewUsers(instance, listUsers(db, query)) },
    {
      method: 'GET',
      path: '/v1/users/count',
      handler: ({ query }) => ({ object: 'total_count', total_count: countUsers(db, query) }),
    },
    {
      method: 'POST',
      path: '/v1/users',
      handler: ({ body, caller }) => accounts.createUser(instance, readInput(body, CREATE_FIELDS), caller),
    },
    { method: 'GET', path: '/v1/users/:user_id', handler: ofUser((user) => viewUser(instance, user)) },
    {
      method: 'PATCH',
      path: '/v1/users/:user_id',
      handler: ofUser((user, { body, caller }) =>
        accounts.updateUser(instance, user, readInput(body, UPDATE_FIELDS), caller),
      ),
    },
    {
      method: 'DELETE',
      path: '/v1/users/:user_id',
      handler: ofUser((user, { caller }) => accounts.deleteUser(instance, user, caller)),
    },
    {
      method: 'PATCH',
      path: '/v1/users/:user_id/metadata',
      handler: ofUser((user, { body, caller }) =>
        accounts.mergeUserMetadata(instance, user, readInput(body, METADATA_FIELDS), caller),
      ),
    },
    {
      method: 'PUT',
      path: '/v1/users/:user_id/metadata',
      handler: ofUser((user, { body, caller }) =>
        accounts.replaceMetadata(instance, user, readInput(body, METADATA_FIELDS), caller),
      ),
    },
    {
      method: 'POST',
      path: '/v1/users/:user_id/ban',
      handler: ofUser((user, { caller }) => accounts.banUser(instance, user, caller)),
    },
    {
      method: 'POST',
      path: '/v1/users/:user_id/unban',
      handler: ofUser((user, { caller }) => accounts.unbanUser(instance, user, caller)),
    },
    {
      method: 'POST',
      path: '/v1/users/:user_id/lock',
      handler: ofUser((user, { caller }) => accounts.lockUser(instance, user, caller)),
    },
    {
      method: 'POST',
      path: '/v1/users/:user_id/unlock',
      handler: ofUser((user, { caller }) => accounts.unlockUser(instance, user, caller)),
    },
  ];
}
