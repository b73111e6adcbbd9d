import { ValueTooLarge } from '../../ports/store.ts';
import { readEach, type Read, type Need, type Slot, type Taken, type Wire } from '../wire.ts';
import { expectCode, expectGone, heldMs, isRefused, leaseSeconds, number, seconds } from './commands.ts';
import { Generations } from './generations.ts';
import { pick } from './rendezvous.ts';
import { flag, type Reply } from './replies.ts';
import type { Server } from './server.ts';
import { tokenOf, partsOf } from './token.ts';

/** Header, key, CAS and what a slab needs, generously. */
const ITEM_OVERHEAD = 512;

/**
 * Leases by meta commands (protocol.txt, "Meta Commands"; each one was tried on 1.6.18):
 * an item of no bytes is a lease on a key that has nothing to show, and its CAS number is the token.
 */
export class MemcachedWire implements Wire {
  readonly #servers: readonly Server[];
  readonly #prefix: string;
  readonly #generations: Generations;

  constructor(servers: readonly Server[], prefix: string) {
    this.#servers = servers;
    this.#prefix = prefix;
    this.#generations = new Generations((name, line, value) => this.#send(name, line, value), prefix);
  }

  async read(key: string): Promise<Slot> {
    const reply = await this.#send(key, `mg ${this.#entry(key)} v c`);
    if (reply.code === 'EN') return { bytes: undefined, mark: '' };
    const value = expectCode(reply, 'VA').value!;
    return { bytes: value.length === 0 ? undefined : value, mark: number(reply, 'c') };
  }

  readAll(keys: readonly string[], names: readonly string[]): Promise<Read> {
    return readEach(this, keys, names);
  }

  take(key: string, seen: Slot, need: Need, leaseMs: number): Promise<Taken> {
    const ttl = leaseSeconds(leaseMs);
    if (need === 'missing') return this.#vivify(key, ttl);
    return need === 'invalid' ? this.#clear(key, seen, ttl) : this.#mark(key, seen, ttl);
  }

  /** `N`: creates the item when it is missing; `W` tells one that it is his. */
  async #vivify(key: string, ttl: number): Promise<Taken> {
    const life = this.#life(key);
    const reply = expectCode(await this.#send(key, `mg ${this.#entry(key)} s c t N${ttl}`), 'HD');
    if (flag(reply, 'W') !== undefined) return { won: tokenOf(life, number(reply, 'c')) };
    return number(reply, 's') === '0' ? { heldMs: heldMs(reply) } : 'changed';
  }

  /** What is not to be seen any more makes room for a lease; `C` lets only one do it. */
  async #clear(key: string, { mark }: Slot, ttl: number): Promise<Taken> {
    const life = this.#life(key);
    const reply = await this.#send(key, `ms ${this.#entry(key)} 0 C${mark} T${ttl} c`, Buffer.alloc(0));
    return reply.code === 'HD' ? { won: tokenOf(life, number(reply, 'c')) } : 'changed';
  }

  /**
   * What is still shown stays. `ME` (add) of the lease's own item lets one through. Appending nothing (`MA`)
   * gives the entry a new CAS number, so that whoever had an earlier lease comes too late.
   */
  async #mark(key: string, { mark }: Slot, ttl: number): Promise<Taken> {
    const life = this.#life(key);
    const added = await this.#send(key, `ms ${this.#lease(key)} 1 ME T${ttl} c`, Buffer.from('1'));
    if (added.code === 'NS') {
      const held = await this.#send(key, `mg ${this.#lease(key)} t`);
      return held.code === 'HD' ? { heldMs: heldMs(held) } : 'changed';
    }
    const lease = number(expectCode(added, 'HD'), 'c');
    const touched = await this.#send(key, `ms ${this.#entry(key)} 0 MA C${mark} c`, Buffer.alloc(0));
    if (touched.code === 'HD') return { won: tokenOf(life, number(touched, 'c'), lease) };
    await this.#send(key, `md ${this.#lease(key)} C${lease}`);
    return 'changed';
  }

  async fill(key: string, token: string, bytes: Buffer, ttlMs: number): Promise<boolean> {
    const { life, cas, lease } = partsOf(token);
    if (life !== this.#life(key)) return false;
    const filled = this.#store(key, `C${cas}`, bytes, ttlMs);
    if (lease === undefined) return filled;
    const [isFilled] = await Promise.all([filled, this.#send(key, `md ${this.#lease(key)} C${lease}`)]);
    return isFilled;
  }

  async release(key: string, token: string): Promise<void> {
    const { life, cas, lease } = partsOf(token);
    if (life !== this.#life(key)) return;
    const held = lease === undefined ? `${this.#entry(key)} C${cas}` : `${this.#lease(key)} C${lease}`;
    await this.#send(key, `md ${held}`);
  }

  async replace(key: string, { mark }: Slot, bytes: Buffer, ttlMs: number): Promise<boolean> {
    const stored = this.#store(key, mark === '' ? 'ME' : `C${mark}`, bytes, ttlMs);
    const [isStored] = await Promise.all([stored, this.#send(key, `md ${this.#lease(key)}`)]);
    return isStored;
  }

  async remove(key: string): Promise<void> {
    await Promise.all([
      this.#send(key, `md ${this.#entry(key)}`).then(expectGone),
      this.#send(key, `md ${this.#lease(key)}`).then(expectGone),
    ]);
  }

  generation = (name: string): Promise<string | undefined> => this.#generations.read(name);
  keepGeneration = (name: string, fresh: string): Promise<string> => this.#generations.keep(name, fresh);
  swapGeneration = (name: string, seen: string | undefined, next: string): Promise<boolean> =>
    this.#generations.swap(name, seen, next);
  removeGeneration = (name: string): Promise<void> => this.#generations.remove(name);

  room(key: string): number {
    return this.#server(key).session().maxItemBytes - ITEM_OVERHEAD;
  }

  async check(): Promise<void> {
    await Promise.all(
      this.#servers.map(async (server) => expectCode(await server.session().connection.send('mn'), 'MN')),
    );
  }

  async close(): Promise<void> {
    for (const server of this.#servers) server.close();
  }

  async #store(key: string, condition: string, bytes: Buffer, ttlMs: number): Promise<boolean> {
    const line = `ms ${this.#entry(key)} ${bytes.length} T${seconds(ttlMs)} ${condition}`;
    const reply = await this.#send(key, line, bytes);
    if (reply.code === 'HD') return true;
    if (isRefused(reply)) return false;
    if (reply.code === 'SERVER_ERROR' && reply.rest.includes('too large'))
      throw new ValueTooLarge(reply.rest);
    return expectCode(reply, 'HD') !== undefined;
  }

  #server = (key: string): Server => pick(this.#servers, key);
  #life = (key: string): string => this.#server(key).session().life;
  #entry = (key: string): string => `${this.#prefix}${key}e`;
  #lease = (key: string): string => `${this.#prefix}${key}l`;

  async #send(key: string, line: string, value?: Buffer): Promise<Reply> {
    return this.#server(key).session().connection.send(line, value);
  }
}
