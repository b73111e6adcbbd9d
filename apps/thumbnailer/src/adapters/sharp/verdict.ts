import type { Verdict } from '@groundwork/contracts';
import type { Kind } from '../../domain/sniff.ts';

export function refuse(code: Verdict['code'], reason: string): { verdict: Verdict } {
  return { verdict: { code, reason } };
}

/**
 * What libvips and the libraries below it say, as far as it helps whoever uploaded the file.
 * The rest ("bad seek to 1143", "unable to parse image") tells them nothing, or something wrong.
 */
const MEANINGS: readonly {
  says: RegExp;
  code: Verdict['code'];
  reason: (kind: Kind) => string;
}[] = [
  {
    says: /dimension is \d+|bad image dimensions/,
    code: 'too_many_pixels',
    reason: (kind) => `The ${kind} image is wider or higher than can be read.`,
  },
  {
    says: /premature end of JPEG|unexpected end of|libpng read error|read error at/i,
    code: 'corrupt',
    reason: (kind) => `The ${kind} file ends too early: part of it is missing; upload it again.`,
  },
  {
    // DNL: "empty image (DNL not supported)" is a size of 0. Not "buffer contains unsupported image format": that is said of any header that makes no sense.
    says: /(?<!DNL )not (implemented|supported|configured)|(?<!contains )unsupported|no known route|channel limit|labq format|samples out of range|whole number of bytes/i,
    code: 'unsupported',
    reason: (kind) =>
      `The ${kind} file is of a kind that cannot be read here; save it as an ordinary JPEG or PNG.`,
  },
];

/** The verdict on a file that libvips gave up. */
export function explain(error: unknown, kind: Kind): { verdict: Verdict } {
  // The first line; the others repeat it in the words of inner libraries.
  const [message = ''] = String(error instanceof Error ? error.message : error).split('\n');
  const meaning = MEANINGS.find(({ says }) => says.test(message));
  return meaning === undefined
    ? refuse('corrupt', `The ${kind} file is damaged and cannot be read; upload or export it again.`)
    : refuse(meaning.code, meaning.reason(kind));
}
