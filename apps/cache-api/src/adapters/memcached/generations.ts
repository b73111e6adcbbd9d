import { LONGEST_TTL_MS } from '../write.ts';
import { expectCode, expectGone, isRefused, number, seconds } from './commands.ts';
import type { Reply } from './replies.ts';

type Send = (name: string, line: string, value?: Buffer) => Promise<Reply>;

/** The generations of tags, namespaces and keys, each on the server that its name leads to. */
export class Generations {
  readonly #send: Send;
  readonly #prefix: string;

  constructor(send: Send, prefix: string) {
    this.#send = send;
    this.#prefix = prefix;
  }

  async read(name: string): Promise<string | undefined> {
    const reply = await this.#send(name, `mg ${this.#name(name)} v`);
    return reply.code === 'EN' ? undefined : expectCode(reply, 'VA').value!.toString('latin1');
  }

  async keep(name: string, fresh: string): Promise<string> {
    const ttl = seconds(LONGEST_TTL_MS);
    const added = this.#send(name, `ms ${this.#name(name)} ${fresh.length} ME T${ttl}`, Buffer.from(fresh));
    // In this order on one connection.
    const [, there] = await Promise.all([added, this.read(name)]);
    // Evicted between the two: what is written under it will be a miss.
    return there ?? fresh;
  }

  async swap(name: string, seen: string | undefined, next: string): Promise<boolean> {
    const there = await this.#send(name, `mg ${this.#name(name)} v c`);
    if (there.value?.toString('latin1') !== seen) return false;
    const condition = there.value === undefined ? 'ME' : `C${number(there, 'c')}`;
    const ttl = seconds(LONGEST_TTL_MS);
    const line = `ms ${this.#name(name)} ${next.length} T${ttl} ${condition}`;
    const reply = await this.#send(name, line, Buffer.from(next));
    if (isRefused(reply)) return false;
    return expectCode(reply, 'HD') !== undefined;
  }

  async remove(name: string): Promise<void> {
    expectGone(await this.#send(name, `md ${this.#name(name)}`));
  }

  #name = (name: string): string => `${this.#prefix}${name}g`;
}
