import { z } from 'zod';

/** Text that must say something, without the spaces around it. @param max in UTF-16 code units */
export const filled = (max: number) => z.string().trim().min(1).max(max);

/** Text that may be empty. @param max in UTF-16 code units */
export const text = (max: number) => z.string().trim().max(max);

/** A web address; anything but http and https (`javascript:`, `data:`) is refused. */
export const webAddress = z
  .url({ protocol: /^https?$/, error: 'Expected an http or https address' })
  .max(2048);
