import type { Types } from 'mongoose';
import { z } from 'zod';
import { objectId } from './object-id.ts';

/** The query of every paged list. */
export const pageQuery = {
  limit: z.coerce.number().int().min(1).max(100).default(20),
  cursor: objectId.optional().meta({ description: '`nextCursor` of the page before.' }),
};

export const pageOf = <T extends z.ZodType>(item: T) =>
  z.object({ items: z.array(item), nextCursor: z.string().nullable() });

/**
 * One page of a list, the newest first. The order is that of the ids, which never change: what is added or changed
 * meanwhile makes no entry appear twice or be left out.
 *
 * @param find reads at most `limit` documents whose id is below the cursor, in descending order of `_id`
 */
export async function page<D extends { _id: Types.ObjectId }, T>(
  { limit, cursor }: { limit: number; cursor?: string | undefined },
  find: (below: { _id?: { $lt: string } }, limit: number) => Promise<D[]>,
  show: (document: D) => T,
): Promise<{ items: T[]; nextCursor: string | null }> {
  // One more than asked for tells whether there is a next page.
  const found = await find(cursor === undefined ? {} : { _id: { $lt: cursor } }, limit + 1);
  const shown = found.slice(0, limit);
  const last = shown.at(-1);
  return {
    items: shown.map(show),
    nextCursor: found.length > limit && last ? last._id.toHexString() : null,
  };
}
