/** Below, allocating costs less than looking after it does; above, it would be much to keep. In bytes. */
const [SMALLEST, LARGEST] = [16_384, 1_048_576];
/** Of each size. */
const KEPT = 8;

/**
 * Memory for large answers, used again once they are sent. The kernel hands out fresh memory page by page:
 * 115 KB of it cost about 100 µs, which is more than all else that is done for a batch of 100.
 *
 * Sizes are powers of two, so that at most 16 MB are kept.
 */
export class Scratch {
  readonly #free = new Map<number, Buffer[]>();

  /** Exactly so long; what is in it is what was sent before, so that all of it has to be written. */
  take(size: number): Buffer {
    if (size < SMALLEST || size > LARGEST) return Buffer.allocUnsafe(size);
    const room = roomFor(size);
    const free = this.#free.get(room)?.pop();
    return (free ?? Buffer.allocUnsafeSlow(room)).subarray(0, size);
  }

  /** For what nobody reads any more. */
  giveBack(taken: Buffer): void {
    const { byteLength: room } = taken.buffer;
    if (taken.length < SMALLEST || taken.length > LARGEST) return;
    const free = this.#free.get(room) ?? [];
    if (free.length === KEPT) return;
    free.push(Buffer.from(taken.buffer));
    this.#free.set(room, free);
  }
}

const roomFor = (size: number): number => 2 ** Math.ceil(Math.log2(size));
