/**
 * Paths as rules name them: `*` is any part of a path without a slash, `**` any part at all, and
 * everything else is itself. The path is an attacker's, and so it is followed along all readings of
 * the pattern at once: no step is taken back, where a regular expression may try them for ever.
 */
export class PathPattern {
  /** Letters and wildcards. A state is how many of them are met. */
  readonly #tokens: readonly string[];

  constructor(text: string) {
    this.#tokens = text.match(/\*\*|[^]/g) ?? [];
  }

  /** Whether it is all of a path; and how many comparisons that took, at most one per token and letter. */
  walk(path: string): { isMatch: boolean; steps: number } {
    let steps = 0;
    let states = new Set<number>();
    this.#reach(states, 0);
    for (let at = 0; at < path.length && states.size > 0; at += 1) {
      const letter = path.charAt(at);
      const next = new Set<number>();
      for (const state of states) {
        const token = this.#tokens[state];
        if (token === undefined) continue;
        steps += 1;
        if (token === '**' || (token === '*' && letter !== '/')) this.#reach(next, state);
        else if (token === letter && token !== '*') this.#reach(next, state + 1);
      }
      states = next;
    }
    return { isMatch: states.has(this.#tokens.length), steps };
  }

  /** A wildcard may also stand for nothing. */
  #reach(states: Set<number>, from: number): void {
    let state = from;
    // What is in it already has been followed to its end.
    while (!states.has(state)) {
      states.add(state);
      if (!this.#tokens[state]?.startsWith('*')) return;
      state += 1;
    }
  }
}
