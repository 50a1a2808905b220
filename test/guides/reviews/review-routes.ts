import type { Connection } from 'mongoose';
import { z } from 'zod';
import { HttpError } from '../../../src/http/errors.ts';
import { idParams, objectId } from '../../../src/http/object-id.ts';
import { page, pageOf, pageQuery } from '../../../src/http/page.ts';
import { type Route, route } from '../../../src/http/route.ts';
import { type ReviewRecord, reviewModel } from './review-model.ts';

const fields = {
  productId: objectId,
  stars: z.int().min(1).max(5),
  text: z.string().trim().min(1).max(2000),
};

const review = z.object({ id: objectId, ...fields, createdAt: z.iso.datetime() }).meta({ id: 'Review' });

function toReview({ _id, productId, stars, text, createdAt }: ReviewRecord) {
  return { id: _id.toHexString(), productId, stars, text, createdAt: createdAt.toISOString() };
}

export function reviewRoutes({ connection, now }: { connection: Connection; now: () => number }): Route[] {
  const reviews = reviewModel(connection);
  return [
    route({
      method: 'get',
      path: '/api/reviews',
      guard: 'anyone',
      tag: 'Reviews',
      summary: 'Reviews of a product, the newest first',
      query: z.object({ ...pageQuery, productId: objectId }),
      response: pageOf(review),
      handler: ({ query: { productId, ...at } }) =>
        page(
          at,
          (below, limit) =>
            reviews
              .find({ productId, ...below })
              .sort({ _id: -1 })
              .limit(limit)
              .lean(),
          toReview,
        ),
    }),
    route({
      method: 'post',
      path: '/api/reviews',
      guard: 'signedIn',
      tag: 'Reviews',
      summary: 'Review a product',
      body: z.object(fields),
      status: 201,
      response: review,
      async handler({ user, body }) {
        const { clerkId } = user;
        return toReview(await reviews.create({ ...body, clerkId, createdAt: new Date(now()) }));
      },
    }),
    route({
      method: 'delete',
      path: '/api/reviews/:id',
      guard: 'signedIn',
      tag: 'Reviews',
      summary: 'Remove a review of mine',
      params: idParams,
      errors: ['not_found'],
      async handler({ user, params: { id } }) {
        const { deletedCount } = await reviews.deleteOne({ _id: id, clerkId: user.clerkId });
        if (deletedCount === 0) throw new HttpError('not_found', { details: 'There is no such review' });
      },
    }),
  ];
}
