import { Transform, type TransformCallback } from 'node:stream';
import { AwsError } from './aws-error.ts';

const CRLF = Buffer.from('\r\n');
/** A chunk's header line is a size and perhaps a signature of 64 hex digits. */
const MAX_LINE_BYTES = 16_384;

/**
 * Decodes `aws-chunked` bodies, signed or not, and keeps their trailers.
 *
 * States: size line → data → the line end after it → … → trailers → done.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html
 */
export class AwsChunkedDecoder extends Transform {
  readonly trailers: Record<string, string> = {};
  #state: 'size' | 'data' | 'line-end' | 'trailers' | 'done' = 'size';
  #buffer: Buffer = Buffer.alloc(0);
  #left = 0;

  override _transform(chunk: Buffer, _encoding: BufferEncoding, callback: TransformCallback): void {
    this.#buffer = this.#buffer.length === 0 ? chunk : Buffer.concat([this.#buffer, chunk]);
    try {
      while (this.#step());
      callback();
    } catch (error) {
      callback(error as Error);
    }
  }

  override _flush(callback: TransformCallback): void {
    // A last trailer line may come without the empty line behind it.
    if (this.#state === 'trailers' && this.#buffer.length > 0) this.#trailer(this.#buffer.toString('latin1'));
    const complete = this.#state === 'trailers' || this.#state === 'done';
    callback(complete ? null : new AwsError(400, 'IncompleteBody', 'The aws-chunked body ends too early.'));
  }

  /** Consumes one element of the grammar; false when more bytes are needed. */
  #step(): boolean {
    switch (this.#state) {
      case 'size': {
        const line = this.#line();
        if (line === undefined) return false;
        const size = /^([0-9a-f]{1,8})(;.*)?$/i.exec(line)?.[1];
        if (size === undefined)
          throw new AwsError(400, 'InvalidChunkSizeError', 'A chunk has no valid size.');
        this.#left = Number.parseInt(size, 16);
        this.#state = this.#left === 0 ? 'trailers' : 'data';
        return true;
      }
      case 'data': {
        if (this.#buffer.length === 0) return false;
        const piece = this.#buffer.subarray(0, this.#left);
        this.push(piece);
        this.#left -= piece.length;
        this.#buffer = this.#buffer.subarray(piece.length);
        if (this.#left === 0) this.#state = 'line-end';
        return true;
      }
      case 'line-end': {
        if (this.#buffer.length < CRLF.length) return false;
        if (!this.#buffer.subarray(0, 2).equals(CRLF)) {
          throw new AwsError(400, 'InvalidChunkSizeError', 'A chunk is longer than its size says.');
        }
        this.#buffer = this.#buffer.subarray(2);
        this.#state = 'size';
        return true;
      }
      case 'trailers': {
        const line = this.#line();
        if (line === undefined) return false;
        if (line === '') this.#state = 'done';
        else this.#trailer(line);
        return true;
      }
      case 'done':
        this.#buffer = Buffer.alloc(0); // whatever follows is not part of the body
        return false;
    }
  }

  #trailer(line: string): void {
    const at = line.indexOf(':');
    if (at > 0) this.trailers[line.slice(0, at).trim().toLowerCase()] = line.slice(at + 1).trim();
  }

  #line(): string | undefined {
    const end = this.#buffer.indexOf(CRLF);
    if (end === -1) {
      if (this.#buffer.length > MAX_LINE_BYTES) {
        throw new AwsError(400, 'InvalidChunkSizeError', 'A chunk header is too long.');
      }
      return undefined;
    }
    const line = this.#buffer.subarray(0, end).toString('latin1');
    this.#buffer = this.#buffer.subarray(end + 2);
    return line;
  }
}
