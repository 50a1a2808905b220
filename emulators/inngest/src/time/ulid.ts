import { randomBytes } from 'node:crypto';

const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** A ULID (github.com/ulid/spec): 48 bits of `time` in ms, then the 80 bits of `entropy`. */
function encodeUlid(time: number, entropy: Uint8Array): string {
  let text = '';
  let rest = time;
  for (let digit = 0; digit < 10; digit++) {
    text = ALPHABET[rest % 32] + text;
    rest = Math.floor(rest / 32);
  }
  let bits = 0;
  let held = 0;
  for (const byte of entropy) {
    held = ((held << 8) | byte) & 0xfff;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text += ALPHABET[(held >> bits) & 31];
    }
  }
  return text;
}

export function isUlid(text: string): boolean {
  return /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/.test(text);
}

/** Makes ULIDs that sort in the order in which they were made, also within one millisecond. */
export function createUlids(now: () => number): () => string {
  let last = 0;
  let entropy = new Uint8Array(10);
  let pool = new Uint8Array(0);
  /** Random bytes come 400 ids at a time: asking for few is as slow as for many. */
  const random = () => {
    if (pool.length < 10) pool = randomBytes(4_000);
    const taken = pool.slice(0, 10);
    pool = pool.subarray(10);
    return taken;
  };
  return () => {
    const time = now();
    if (time > last) {
      last = time;
      entropy = random();
      entropy[0]! &= 0x7f;
    } else {
      increment(entropy);
    }
    return encodeUlid(last, entropy);
  };
}

function increment(bytes: Uint8Array): void {
  for (let i = bytes.length - 1; i >= 0; i--) {
    if (bytes[i]! < 255) {
      bytes[i]!++;
      return;
    }
    bytes[i] = 0;
  }
}

/**
 * Reads the header `x-inngest-event-id-seed` ("<ms>,<10 bytes as base64>"): a client that sends the same events again after
 * an answer was lost gets the same ids (inngest: pkg/event/id.go). Answers undefined where there is no valid seed.
 */
export function seededUlids(seed: string | undefined): ((index: number) => string) | undefined {
  const [millis, encoded, ...rest] = seed?.split(',') ?? [];
  if (millis === undefined || encoded === undefined || rest.length > 0) return undefined;
  const entropy = Buffer.from(encoded, 'base64');
  const time = Number(millis);
  if (entropy.length !== 10 || !Number.isSafeInteger(time) || time <= 0) return undefined;
  return (index) => {
    const own = Buffer.from(entropy);
    own.writeUInt32BE((own.readUInt32BE(6) + index) >>> 0, 6);
    return encodeUlid(time, own);
  };
}
