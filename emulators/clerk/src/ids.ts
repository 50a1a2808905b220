import { randomBytes } from 'node:crypto';

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const KSUID_EPOCH_S = 1_400_000_000;
const KSUID_LENGTH = 27;

export type IdPrefix = 'user' | 'idn' | 'sess' | 'client' | 'sit' | 'ins' | 'msg' | 'fault';

/**
 * An id in Clerk's form: a prefix and a KSUID, so that ids sort by the second in which they were made.
 *
 * @param now milliseconds since the epoch
 */
export function newId(prefix: IdPrefix, now: number): string {
  const bytes = randomBytes(20);
  bytes.writeUInt32BE(Math.max(0, Math.floor(now / 1000) - KSUID_EPOCH_S) >>> 0, 0);
  let rest = BigInt(`0x${bytes.toString('hex')}`);
  let text = '';
  for (let place = 0; place < KSUID_LENGTH; place++) {
    text = ALPHABET[Number(rest % 62n)] + text;
    rest /= 62n;
  }
  return `${prefix}_${text}`;
}

/** A random word of letters and digits, for secrets. */
export function randomWord(length: number): string {
  let word = '';
  while (word.length < length) {
    for (const byte of randomBytes(length))
      if (byte < 248 && word.length < length) word += ALPHABET[byte % 62];
  }
  return word;
}
