import { type Connection, Types } from 'mongoose';
import { HttpError } from '../http/errors.ts';
import { idParams } from '../http/object-id.ts';
import { pageOf } from '../http/page.ts';
import { type Route, route } from '../http/route.ts';
import type { Address, Directory } from '../identity/user.ts';
import { address, addressChange, newAddress, withAddress } from './address.ts';
import { changeAddresses } from './shop-user.ts';

const MOST_ADDRESSES = 20;

export interface AddressRoutes {
  connection: Connection;
  directory: Directory;
}

export function addressRoutes({ connection, directory }: AddressRoutes): Route[] {
  const path = '/api/users/addresses';
  const tag = 'Users';

  async function change(clerkId: string, next: (list: readonly Address[]) => Address[]): Promise<Address[]> {
    const list = await changeAddresses(connection, clerkId, next);
    directory.forget(clerkId);
    return list;
  }

  return [
    route({
      method: 'get',
      path,
      guard: 'signedIn',
      tag,
      summary: 'My addresses',
      response: pageOf(address),
      async handler({ user: { clerkId } }) {
        const user = await directory.read(clerkId);
        return { items: user?.address ?? [], nextCursor: null };
      },
    }),
    route({
      method: 'post',
      path,
      guard: 'signedIn',
      tag,
      summary: 'Add an address of mine',
      description: `At most ${MOST_ADDRESSES}.`,
      body: newAddress,
      status: 201,
      response: address,
      errors: ['limit_reached'],
      async handler({ user, body }) {
        const added = { id: new Types.ObjectId().toHexString(), ...body };
        await change(user.clerkId, (list) => {
          if (list.length >= MOST_ADDRESSES) {
            throw new HttpError('limit_reached', {
              details: `A user has at most ${MOST_ADDRESSES} addresses`,
            });
          }
          return withAddress(list, added);
        });
        return added;
      },
    }),
    route({
      method: 'put',
      path: `${path}/:id`,
      guard: 'signedIn',
      tag,
      summary: 'Change an address of mine',
      description: 'Fields that are left out stay as they are.',
      params: idParams,
      body: addressChange,
      response: address,
      errors: ['address_not_found'],
      async handler({ user, params, body }) {
        const changed = await change(user.clerkId, (list) =>
          withAddress(list, Object.assign({}, addressIn(list, params.id), body)),
        );
        return addressIn(changed, params.id);
      },
    }),
    route({
      method: 'delete',
      path: `${path}/:id`,
      guard: 'signedIn',
      tag,
      summary: 'Remove an address of mine',
      params: idParams,
      errors: ['address_not_found'],
      async handler({ user, params }) {
        await change(user.clerkId, (list) => {
          const removed = addressIn(list, params.id);
          return list.filter((one) => one !== removed);
        });
      },
    }),
  ];
}

/** @throws HttpError `address_not_found` */
function addressIn(list: readonly Address[], id: string): Address {
  const found = list.find((one) => one.id === id);
  // Somebody else's, or nobody's: his own list does not tell.
  if (!found) throw new HttpError('address_not_found', { conceals: { id, owner: null } });
  return found;
}
