/** Set in the length of a text that is kept in UTF-16: a lone surrogate has no UTF-8. */
const UTF16 = 0x8000_0000;

export class ByteWriter {
  readonly #parts: Uint8Array[] = [];

  u8(value: number): this {
    return this.bytes(Uint8Array.of(value));
  }

  u16(value: number): this {
    const bytes = Buffer.allocUnsafe(2);
    bytes.writeUInt16BE(value);
    return this.bytes(bytes);
  }

  u32(value: number): this {
    const bytes = Buffer.allocUnsafe(4);
    bytes.writeUInt32BE(value);
    return this.bytes(bytes);
  }

  u64(value: bigint): this {
    const bytes = Buffer.allocUnsafe(8);
    bytes.writeBigUInt64BE(value);
    return this.bytes(bytes);
  }

  double(value: number): this {
    const bytes = Buffer.allocUnsafe(8);
    bytes.writeDoubleBE(value);
    return this.bytes(bytes);
  }

  text(value: string): this {
    const isUtf8 = value.isWellFormed();
    const bytes = Buffer.from(value, isUtf8 ? 'utf8' : 'utf16le');
    return this.u32(isUtf8 ? bytes.length : bytes.length + UTF16).bytes(bytes);
  }

  bytes(value: Uint8Array): this {
    this.#parts.push(value);
    return this;
  }

  finish(): Buffer {
    return Buffer.concat(this.#parts);
  }
}

/** Throws a RangeError where there is nothing more to read. */
export class ByteReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  u8 = (): number => this.bytes(1).readUInt8();
  u16 = (): number => this.bytes(2).readUInt16BE();
  u32 = (): number => this.bytes(4).readUInt32BE();
  u64 = (): bigint => this.bytes(8).readBigUInt64BE();
  double = (): number => this.bytes(8).readDoubleBE();

  text(): string {
    const length = this.u32();
    return length < UTF16
      ? this.bytes(length).toString('utf8')
      : this.bytes(length - UTF16).toString('utf16le');
  }

  bytes(length: number): Buffer {
    if (this.#at + length > this.#bytes.length) throw new RangeError('there are no more bytes');
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  rest(): Buffer {
    return this.bytes(this.#bytes.length - this.#at);
  }
}
