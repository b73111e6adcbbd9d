import { format, overlaps, parse, type IpRange, type RangeSet } from '@groundwork/ip-ranges';
import { setOf } from '../networks.ts';
import { cutOff, spareSet, type ProtectedRange } from '../protected-ranges.ts';
import type { Feed } from './feed-file.ts';
import type { Candidate } from './formats.ts';
import { hasReserved, isReserved } from '../reserved.ts';

export interface LeftOutLine {
  line: number;
  text: string;
  why: string;
}

/** Lines that are not applied, by their reason. */
export interface LeftOut {
  unreadable: number;
  bogons: number;
  protected: number;
  belowMinConfidence: number;
  /** The first hundred of them, but not those that are only too uncertain. */
  lines: LeftOutLine[];
}

/** What is left of a list. */
export interface Sieved {
  /** Confidence by what is listed, which is canonical. */
  listed: ReadonlyMap<string, number>;
  leftOut: LeftOut;
  /** All that are neither blank nor comments. */
  lines: number;
  /** The first line that is wider than the guard allows. */
  tooWide: string | undefined;
}

export type SieveRules = Pick<Feed, 'confidence' | 'minConfidence'> & {
  guard: Pick<Feed['guard'], 'bogons' | 'widestPrefix'>;
};

/** Lines that are left out and told one by one. */
const TOLD = 100;
/** Of a line that is told, in characters: a broken one may be a whole page. */
const MAX_TEXT = 80;

/** Takes a list line by line, and keeps what may be blocked. */
export class Sieve {
  readonly #listed = new Map<string, number>();
  readonly #leftOut: LeftOut = {
    unreadable: 0,
    bogons: 0,
    protected: 0,
    belowMinConfidence: 0,
    lines: [],
  };
  readonly #rules: SieveRules;
  readonly #protected: readonly ProtectedRange[];
  readonly #spared: RangeSet;
  #lines = 0;
  #tooWide: string | undefined;

  constructor(rules: SieveRules, protectedRanges: readonly ProtectedRange[]) {
    this.#rules = rules;
    this.#protected = protectedRanges;
    this.#spared = spareSet(protectedRanges);
  }

  take(candidate: Candidate): void {
    this.#lines += 1;
    if (candidate.problem !== undefined) return this.#leave('unreadable', candidate, candidate.problem);
    const parsed = parse(candidate.text);
    if (!parsed.ok) return this.#leave('unreadable', candidate, parsed.problem.message);
    const { range } = parsed;
    // What is reserved as a whole may be as wide as it is: FireHOL level 1 has 224.0.0.0/3.
    if (!isReserved(range) && this.#isTooWide(range)) {
      this.#tooWide ??= `line ${candidate.line}, ${shorten(candidate.text)}`;
    }
    if (this.#rules.guard.bogons === 'leave-out' && hasReserved(range)) {
      return this.#leave('bogons', candidate, 'has addresses that nobody on the Internet can have');
    }
    if (overlaps(this.#spared, range)) {
      return this.#leave('protected', candidate, `would cut off ${this.#namesIn(range)}`);
    }
    const confidence = candidate.confidence ?? this.#rules.confidence;
    if (confidence < this.#rules.minConfidence) {
      this.#leftOut.belowMinConfidence += 1;
      return;
    }
    const subject = format(range);
    // What is listed twice counts as the surer of the two says.
    this.#listed.set(subject, Math.max(confidence, this.#listed.get(subject) ?? 0));
  }

  get entries(): number {
    return this.#listed.size;
  }

  done(): Sieved {
    return {
      listed: this.#listed,
      leftOut: this.#leftOut,
      lines: this.#lines,
      tooWide: this.#tooWide,
    };
  }

  #leave(kind: 'unreadable' | 'bogons' | 'protected', { line, text }: Candidate, why: string): void {
    this.#leftOut[kind] += 1;
    if (this.#leftOut.lines.length < TOLD) this.#leftOut.lines.push({ line, text: shorten(text), why });
  }

  #isTooWide({ family, first, last }: IpRange): boolean {
    const { ipv4, ipv6 } = this.#rules.guard.widestPrefix;
    const bits = family === 4 ? 32 - ipv4 : 128 - ipv6;
    return last - first >= 1n << BigInt(bits);
  }

  #namesIn(range: IpRange): string {
    const cut = cutOff({ kind: 'range', text: '', range }, this.#protected);
    return [...new Set(cut.map(({ name }) => name))].join(', ');
  }
}

/** The addresses of what is listed. */
export function addressesOf(listed: ReadonlyMap<string, unknown>): RangeSet {
  return setOf([...listed.keys()]);
}

function shorten(text: string): string {
  return text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT - 1)}…` : text;
}
