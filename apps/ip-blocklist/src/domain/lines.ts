/** A line that is so long that nobody has kept it. */
export const TOO_LONG = Symbol('too long');
export type Line = string | typeof TOO_LONG;

/**
 * The lines of a text that comes in pieces, as many at a time as a piece ends. Of one that is too
 * long nothing is kept but that it was there. What follows the last line feed is a line too.
 */
export async function* linesOf(
  pieces: AsyncIterable<Uint8Array>,
  longest: number,
): AsyncGenerator<readonly Line[]> {
  const decoder = new TextDecoder();
  let rest = '';
  let isTooLong = false;
  for await (const piece of pieces) {
    const texts = (rest + decoder.decode(piece, { stream: true })).split('\n');
    rest = texts.pop() ?? '';
    if (texts.length > 0) {
      const lines = texts.map((text): Line => (text.length > longest ? TOO_LONG : text));
      if (isTooLong) lines[0] = TOO_LONG;
      isTooLong = false;
      yield lines;
    }
    isTooLong ||= rest.length > longest;
    if (isTooLong) rest = '';
  }
  rest += decoder.decode();
  if (isTooLong) yield [TOO_LONG];
  else if (rest !== '') yield [rest];
}
