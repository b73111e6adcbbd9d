import { changesOf, countriesOf, setOf, unionOf, type Coverage } from '../domain/networks.ts';
import { digestOfContents } from '../domain/plan.ts';
import type { Contents, Part } from '../ports/enforcer.ts';
import type { RecordedPart, Settlement } from '../ports/ledger.ts';

/** What is recorded of a target's parts, to be compared with what they hold. */
export class Picture {
  #parts = new Map<string, RecordedPart>();
  #coverage: Coverage;

  constructor(recorded: readonly RecordedPart[]) {
    for (const part of recorded) this.#parts.set(part.name, part);
    this.#coverage = this.#covered();
  }

  get coverage(): Coverage {
    return this.#coverage;
  }

  /** Parts of which it is not known what became of a write. */
  get open(): string[] {
    return [...this.#parts.values()].filter(({ intended }) => intended.length > 0).map(({ name }) => name);
  }

  /** Adds what is about to be written: of a write before that nobody heard of again, it is still to be known. */
  intend({ name, action }: Pick<Part, 'name' | 'action'>, digest: string): RecordedPart {
    const part = this.#parts.get(name) ?? { name, action, ...NO_CONTENTS, inForce: false, intended: [] };
    const intending = { ...part, intended: [...new Set([...part.intended, digest])] };
    this.#parts.set(name, intending);
    return intending;
  }

  /** Nothing came of that write. */
  abandon(name: string, digest: string): void {
    const part = this.#parts.get(name);
    if (part === undefined) return;
    this.#parts.set(name, { ...part, intended: part.intended.filter((one) => one !== digest) });
  }

  /**
   * Takes over what the parts hold now, and says what is to be recorded; undefined when nothing
   * has changed. `written`: we have just written, and were told so; if it was a part, which.
   */
  settle(parts: readonly Part[], written?: { part: string | undefined }): Settlement | undefined {
    const changed: Part[] = [];
    const closed: string[] = [];
    const foreign: string[] = [];
    for (const part of parts) {
      const recorded = this.#parts.get(part.name);
      const open = recorded?.intended ?? [];
      const { networks, countries } = part.inForce ? part : NO_CONTENTS;
      const isSame =
        recorded !== undefined &&
        recorded.inForce === part.inForce &&
        sameMembers(recorded.networks, networks) &&
        sameMembers(recorded.countries, countries);
      const isKnown =
        written?.part === part.name || (open.length > 0 && open.includes(digestOfContents(part)));
      // Whichever of them it was, the lock token is another one now, and the rest come too late.
      if (isKnown && open.length > 0) closed.push(part.name);
      if (!isSame) {
        changed.push(part);
        if (written === undefined && !isKnown && recorded?.inForce === true) foreign.push(part.name);
      }
      // The same array as in the part, so that next time there is nothing to compare.
      this.#parts.set(part.name, { ...part, networks, countries, intended: isKnown ? [] : open });
    }
    const gone = [...this.#parts.values()].filter(({ name }) => !parts.some((part) => part.name === name));
    for (const { name, inForce, intended } of gone) {
      this.#parts.delete(name);
      const isKnown = written?.part === name || intended.includes(digestOfContents(NO_CONTENTS));
      if (inForce && !isKnown) foreign.push(name);
    }
    if (changed.length + closed.length + gone.length === 0) return undefined;
    const before = this.#coverage;
    this.#coverage = this.#covered();
    return {
      cause: foreign.length > 0 ? 'drift' : 'write',
      what: foreign.length > 0 ? `Somebody else changed ${foreign.join(', ')}` : '',
      parts: changed,
      gone: gone.map(({ name }) => name),
      closed,
      changes: changesOf(before, this.#coverage),
    };
  }

  #covered(): Coverage {
    const of = (action: Part['action']) =>
      unionOf(
        [...this.#parts.values()]
          .filter((part) => part.action === action)
          .map((part) => setFor(part.networks)),
      );
    const countries = countriesOf(...[...this.#parts.values()].map((part) => part.countries));
    return { block: of('block'), allow: of('allow'), countries };
  }
}

const NO_CONTENTS: Contents = { networks: [], countries: [] };

const sets = new WeakMap<readonly string[], ReturnType<typeof setOf>>();

/** Made once per array: those of IP sets that nobody writes stay the same. */
function setFor(networks: readonly string[]) {
  let set = sets.get(networks);
  if (set === undefined) sets.set(networks, (set = setOf(networks)));
  return set;
}

function sameMembers(a: readonly string[], b: readonly string[]): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  const known = new Set(a);
  return b.every((member) => known.has(member));
}
