/** One reply, or one line of several (`STAT`). */
export interface Reply {
  /** `HD`, `VA`, `EN`, `EX`, `NF`, `NS`, `MN`, `ME`, `STAT`, `END`, `OK`, `VERSION`, `ERROR`, `CLIENT_ERROR`, `SERVER_ERROR`. */
  code: string;
  /** What follows the code, and the length of a value. */
  rest: string;
  value: Buffer | undefined;
}

/** What came is no reply, so it is not known where the next one begins. */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError';
}

/** Longer than any key, any flags and any error text. */
const LONGEST_LINE = 2_048;

const CODES = new Set(
  'HD VA EN EX NF NS MN ME STAT END OK VERSION ERROR CLIENT_ERROR SERVER_ERROR'.split(' '),
);
const LENGTH = /^\d{1,10}$/;
const CR = 13;
const LF = 10;

/** Replies of memcached's meta commands (protocol.txt, "Meta Commands"), in whatever pieces they arrive. */
export class ReplyParser {
  readonly #maxValueBytes: number;
  #pieces: Buffer[] = [];
  #have = 0;
  /** There is nothing new to be found in fewer bytes, so that a large value is put together once. */
  #need = 1;

  constructor(maxValueBytes: number) {
    this.#maxValueBytes = maxValueBytes;
  }

  /** The replies that are complete now. Throws ProtocolError, and nothing else; nothing may be pushed after that. */
  push(piece: Buffer): Reply[] {
    this.#pieces.push(piece);
    this.#have += piece.length;
    if (this.#have < this.#need) return [];
    const bytes = this.#pieces.length === 1 ? this.#pieces[0]! : Buffer.concat(this.#pieces);
    const replies: Reply[] = [];
    let at = 0;
    for (;;) {
      const next = this.#next(bytes, at);
      if (typeof next === 'number') {
        this.#need = next;
        break;
      }
      replies.push(next.reply);
      at = next.end;
    }
    this.#pieces = at === bytes.length ? [] : [bytes.subarray(at)];
    this.#have = bytes.length - at;
    return replies;
  }

  /** A reply and where it ends, or how many bytes there must be for one. */
  #next(bytes: Buffer, start: number): { reply: Reply; end: number } | number {
    const lf = bytes.indexOf(LF, start);
    if (lf === -1 ? bytes.length - start > LONGEST_LINE : lf - start > LONGEST_LINE) {
      throw new ProtocolError('a line without end');
    }
    if (lf === -1) return bytes.length - start + 1;
    if (lf === start || bytes[lf - 1] !== CR) throw new ProtocolError('a line without CR');
    const [code, rest] = split(bytes.toString('latin1', start, lf - 1));
    if (!CODES.has(code)) throw new ProtocolError(`not a reply: ${JSON.stringify(code.slice(0, 40))}`);
    if (code !== 'VA') return { reply: { code, rest, value: undefined }, end: lf + 1 };
    const [digits, flags] = split(rest);
    if (!LENGTH.test(digits)) throw new ProtocolError('a value of no length');
    const length = Number(digits);
    if (length > this.#maxValueBytes) throw new ProtocolError(`a value of ${length} bytes`);
    const from = lf + 1;
    const end = from + length + 2;
    if (bytes.length < end) return end - start;
    if (bytes[end - 2] !== CR || bytes[end - 1] !== LF) throw new ProtocolError('a value of another length');
    return { reply: { code, rest: flags, value: bytes.subarray(from, from + length) }, end };
  }
}

function split(text: string): [string, string] {
  const at = text.indexOf(' ');
  return at === -1 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}

/** The token of a flag: of `c17 t30 W`, `flag(…, 'c')` is `17`. */
export function flag({ rest }: Reply, letter: string): string | undefined {
  return rest
    .split(' ')
    .find((part) => part.startsWith(letter))
    ?.slice(1);
}
