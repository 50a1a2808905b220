import type { Connection } from 'mongoose';
import { HttpError } from '../http/errors.ts';
import type { Address, User } from '../identity/user.ts';

/** The shop's half of a user's document; the mirror writes the other. */
type ShopUser = Pick<User, 'clerkId' | 'status' | 'address' | 'wishlist'>;

/**
 * How often a change starts again because another one of the same user came in between. Each time at least one of them
 * went through, so this is reached only by a user who sends that many at once.
 */
const ATTEMPTS = 50;

/** Past the model of the mirror, so that an array is compared and stored exactly as it is. */
const usersOf = (connection: Connection) => connection.collection<ShopUser>('users');

/** A tombstone must not get personal data again. */
const alive = (clerkId: string) => ({ clerkId, status: { $ne: 'deleted' as const } });

/**
 * Changes a user's addresses by compare-and-swap: the change is worked out from the list as it is, and stored only if
 * the list is still that.
 *
 * @returns the list after the change
 * @throws HttpError `user_not_found`, and what `change` throws
 */
export async function changeAddresses(
  connection: Connection,
  clerkId: string,
  change: (list: readonly Address[]) => Address[],
): Promise<Address[]> {
  const users = usersOf(connection);
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const user = await users.findOne(alive(clerkId), { projection: { address: 1 } });
    if (!user) throw new HttpError('user_not_found');
    const unchanged = { ...alive(clerkId), address: user.address };
    const next = change(user.address);
    const { matchedCount } = await users.updateOne(unchanged, { $set: { address: next } });
    if (matchedCount === 1) return next;
  }
  throw new Error(`The addresses changed ${ATTEMPTS} times while one of them was to be changed`);
}

/**
 * Puts a product on the wishlist; one that is there stays.
 *
 * @throws HttpError `limit_reached` at `limit` entries, `user_not_found`
 */
export async function addToWishlist(
  connection: Connection,
  clerkId: string,
  productId: string,
  limit: number,
): Promise<void> {
  const users = usersOf(connection);
  const hasRoom = { $or: [{ wishlist: productId }, { [`wishlist.${limit - 1}`]: { $exists: false } }] };
  const { matchedCount } = await users.updateOne(
    { ...alive(clerkId), ...hasRoom },
    { $addToSet: { wishlist: productId } },
  );
  if (matchedCount === 1) return;
  if (await users.findOne(alive(clerkId), { projection: { _id: 1 } })) {
    throw new HttpError('limit_reached', { details: `A wishlist holds at most ${limit} products` });
  }
  throw new HttpError('user_not_found');
}

/** Takes a product off the wishlist; one that is not there makes no difference. */
export async function removeFromWishlist(
  connection: Connection,
  clerkId: string,
  productId: string,
): Promise<void> {
  await usersOf(connection).updateOne(alive(clerkId), { $pull: { wishlist: productId } });
}
