import { z } from 'zod';

/** An id of ours: a MongoDB ObjectId as 24 hexadecimal digits in lower case, as the API hands them out. */
export const objectId = z
  .string()
  .regex(/^[0-9a-f]{24}$/, 'Expected an id: 24 hexadecimal digits in lower case')
  .meta({ example: '65f1c0ffee0123456789abcd' });

export const idParams = z.object({ id: objectId });
