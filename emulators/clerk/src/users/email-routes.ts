import { refuse } from '../http/api-error.ts';
import { type Fields, readInput } from '../http/input.ts';
import type { Route } from '../http/router.ts';
import type { Instance } from '../instance.ts';
import * as addresses from './email-addresses.ts';
import { emailAddressJson } from './user.ts';
import { findUser } from './user-view.ts';

const UPDATE_FIELDS = {
  verified: { kind: 'boolean', nullable: true },
  primary: { kind: 'boolean', nullable: true },
  notify_primary_email_address_changed: { kind: 'boolean', nullable: true },
} as const satisfies Fields;

const CREATE_FIELDS = {
  ...UPDATE_FIELDS,
  user_id: { kind: 'string', required: true },
  email_address: { kind: 'string', required: true },
} as const satisfies Fields;

const REPLACE_FIELDS = {
  email_address: { kind: 'string', required: true },
  identification_status: { kind: 'string' },
  notify_primary_email_address_changed: { kind: 'boolean', nullable: true },
} as const satisfies Fields;

/** `/v1/email_addresses` of the Backend API, and the replacing of all addresses of a user. */
export function emailRoutes(instance: Instance): Route[] {
  return [
    {
      method: 'POST',
      path: '/v1/email_addresses',
      handler: ({ body, caller }) => {
        const { user_id, email_address, verified, primary } = readInput(body, CREATE_FIELDS);
        const input = { address: email_address, verified: verified === true, primary: primary === true };
        return addresses.createEmailAddress(instance, findUser(instance, user_id), input, caller);
      },
    },
    {
      method: 'GET',
      path: '/v1/email_addresses/:id',
      handler: ({ param }) => emailAddressJson(addresses.findEmailAddress(instance, param('id')).email),
    },
    {
      method: 'PATCH',
      path: '/v1/email_addresses/:id',
      handler: ({ param, body, caller }) => {
        const { verified, primary } = readInput(body, UPDATE_FIELDS);
        const input = { verified: verified ?? undefined, primary: primary ?? undefined };
        return addresses.updateEmailAddress(instance, param('id'), input, caller);
      },
    },
    {
      method: 'DELETE',
      path: '/v1/email_addresses/:id',
      handler: ({ param, caller }) => addresses.deleteEmailAddress(instance, param('id'), caller),
    },
    {
      method: 'PUT',
      path: '/v1/users/:user_id/email_address',
      handler: ({ param, body, caller }) => {
        const { email_address, identification_status } = readInput(body, REPLACE_FIELDS);
        const user = findUser(instance, param('user_id'));
        const input = { address: email_address, status: readStatus(identification_status ?? 'verified') };
        return addresses.replaceEmailAddresses(instance, user, input, caller);
      },
    },
  ];
}

function readStatus(status: string): addresses.EmailStatus {
  if (status === 'verified' || status === 'reserved' || status === 'unverified') return status;
  const name = 'identification_status';
  throw refuse.badValue(name, `${status} does not match one of the allowed values for parameter ${name}`);
}
