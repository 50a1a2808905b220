/** The largest message, in bytes: MongoDB's own limit. */
export const MAX_MESSAGE_BYTES = 48_000_000;
const HEADER_BYTES = 16;

/** Thrown for bytes that are no message: the connection they came over is closed. */
export class BrokenFrame extends Error {}

/** Cuts a stream of bytes into messages. It never holds more than one message and the chunk that ends it. */
export class Frames {
  private chunks: Buffer[] = [];
  private held = 0;

  /** @throws BrokenFrame for a length that lies */
  *push(chunk: Buffer): Generator<Buffer> {
    this.chunks.push(chunk);
    this.held += chunk.length;
    while (this.held >= HEADER_BYTES) {
      const size = this.peekSize();
      if (size < HEADER_BYTES || size > MAX_MESSAGE_BYTES)
        throw new BrokenFrame(`a message of ${size} bytes`);
      if (this.held < size) return;
      yield this.take(size);
    }
  }

  private peekSize(): number {
    const [first] = this.chunks;
    if (first && first.length >= 4) return first.readInt32LE(0);
    return this.joined().readInt32LE(0);
  }

  private take(size: number): Buffer {
    const all = this.joined();
    this.held -= size;
    this.chunks = this.held > 0 ? [all.subarray(size)] : [];
    return all.subarray(0, size);
  }

  private joined(): Buffer {
    const [first] = this.chunks;
    if (this.chunks.length === 1 && first) return first;
    const all = Buffer.concat(this.chunks, this.held);
    this.chunks = [all];
    return all;
  }
}
