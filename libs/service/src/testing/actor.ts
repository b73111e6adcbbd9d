import { setImmediate as tick } from 'node:timers/promises';

/** Thrown into whoever is at a gate when their process dies; nothing they do after it counts. */
class Crash extends Error {}

/** The call was carried out, but its answer never came. */
class LostAnswer extends Error {}

/** The call was not carried out. */
class Refused extends Error {}

/**
 * `fail`: the call is not carried out. `lose-answer`: it fails although it was. `repeat`: the answer
 * was lost, and the client repeated the call by itself, as SDKs do.
 */
export type How = 'pass' | 'fail' | 'lose-answer' | 'repeat';

interface Gate {
  name: string;
  open(how: How | 'crash'): void;
}

/**
 * One process at work, which stops before each call to the outside until it is let on.
 * So a history can have any two of them take turns at any await, and die at any.
 */
export class Actor {
  readonly #gates: Gate[] = [];
  #running = 0;
  #dead = false;
  /** Undefined as long as it works. */
  result: 'done' | 'failed' | undefined;

  start(work: () => Promise<unknown>): Promise<void> {
    work().then(
      () => (this.result ??= 'done'),
      () => (this.result ??= 'failed'),
    );
    return this.#rest();
  }

  /** Makes a port of which each call waits at a gate. */
  gated<P extends object>(port: P): P {
    return new Proxy(port, {
      get: (target, name: string) => {
        const member: unknown = Reflect.get(target, name);
        if (typeof member !== 'function') return member;
        return (...args: unknown[]) => this.#call(name, () => member.apply(target, args) as Promise<unknown>);
      },
    });
  }

  /** The call that it stands before: the name of the port's method. */
  get at(): string | undefined {
    return this.#gates[0]?.name;
  }

  /** Lets one call through, and waits until it stands at the next. */
  async step(how: How = 'pass'): Promise<void> {
    this.#gates.shift()?.open(how);
    await this.#rest();
  }

  async crash(): Promise<void> {
    this.#dead = true;
    this.result ??= 'failed';
    for (const gate of this.#gates.splice(0)) gate.open('crash');
    await this.#rest();
  }

  async #call(name: string, run: () => Promise<unknown>): Promise<unknown> {
    if (this.#dead) throw new Crash();
    const how = await new Promise<How | 'crash'>((resolve) => {
      this.#gates.push({ name, open: resolve });
    });
    if (how === 'crash') throw new Crash();
    if (how === 'fail') throw new Refused();
    this.#running += 1;
    try {
      let answer = await run();
      if (how === 'repeat') answer = await run();
      if (how === 'lose-answer') throw new LostAnswer();
      return answer;
    } finally {
      this.#running -= 1;
    }
  }

  /** Until every call under way has ended and its caller stands at a gate again, or is done. */
  async #rest(): Promise<void> {
    do await tick();
    while (this.#running > 0 || (this.result === undefined && this.#gates.length === 0));
  }
}
