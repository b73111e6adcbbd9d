import { randomBytes } from 'node:crypto';
import type { Cluster, Redis } from 'ioredis';
import { ID_AT } from '../../domain/record-bytes.ts';
import { StoreUnavailable } from '../../ports/store.ts';
import { LONGEST_TTL_MS } from '../write.ts';
import { readEach, type Need, type Read, type Slot, type Taken, type Wire } from '../wire.ts';
import { FILL, RELEASE, REPLACE, SWAP, TAKE, type Script } from './scripts.ts';

type Argument = string | Buffer | number;

/** In ioredis, commands of one tick go out together without waiting for each other. */
export class RedisWire implements Wire {
  readonly #client: Redis | Cluster;
  readonly #prefix: string;
  readonly #maxBytes: number;

  constructor(client: Redis | Cluster, prefix: string, maxBytes: number) {
    this.#client = client;
    this.#prefix = prefix;
    this.#maxBytes = maxBytes;
  }

  async read(key: string): Promise<Slot> {
    const bytes = await this.#run(() => this.#client.getBuffer(this.#entry(key)));
    return slotOf(bytes);
  }

  async readAll(keys: readonly string[], names: readonly string[]): Promise<Read> {
    // Keys of one command have to be in one slot of a cluster.
    if (this.#client.isCluster) return readEach(this, keys, names);
    const all = [...keys.map((key) => this.#entry(key)), ...names.map((name) => this.#generation(name))];
    const found = await this.#run(() => (this.#client as Redis).mgetBuffer(all));
    return {
      slots: found.slice(0, keys.length).map(slotOf),
      generations: found.slice(keys.length).map((token) => token?.toString('latin1')),
    };
  }

  async take(key: string, seen: Slot, _need: Need, leaseMs: number): Promise<Taken> {
    const token = `${randomBytes(16).toString('base64url')}.${seen.mark}`;
    const answer = await this.#eval(TAKE, this.#both(key), [bytesOf(seen.mark), token, Math.ceil(leaseMs)]);
    if (answer === 0) return 'changed';
    return answer === 1 ? { won: token } : { heldMs: -answer };
  }

  async fill(key: string, token: string, bytes: Buffer, ttlMs: number): Promise<boolean> {
    const mark = token.slice(token.indexOf('.') + 1);
    return (await this.#eval(FILL, this.#both(key), [token, bytesOf(mark), bytes, ttlMs])) === 1;
  }

  async release(key: string, token: string): Promise<void> {
    await this.#eval(RELEASE, this.#both(key), [token]);
  }

  async replace(key: string, seen: Slot, bytes: Buffer, ttlMs: number): Promise<boolean> {
    return (await this.#eval(REPLACE, this.#both(key), [bytesOf(seen.mark), bytes, ttlMs])) === 1;
  }

  async remove(key: string): Promise<void> {
    await this.#run(() => this.#client.del(this.#entry(key), this.#lease(key)));
  }

  async generation(name: string): Promise<string | undefined> {
    return (await this.#run(() => this.#client.get(this.#generation(name)))) ?? undefined;
  }

  async keepGeneration(name: string, fresh: string): Promise<string> {
    const key = this.#generation(name);
    // In this order on one connection; SET with NX and GET at once is of Redis 7.
    const [, there] = await this.#run(() =>
      Promise.all([this.#client.set(key, fresh, 'PX', LONGEST_TTL_MS, 'NX'), this.#client.get(key)]),
    );
    // Evicted between the two: what is written under it will be a miss.
    return there ?? fresh;
  }

  async swapGeneration(name: string, seen: string | undefined, next: string): Promise<boolean> {
    return (await this.#eval(SWAP, [this.#generation(name)], [seen ?? '', next, LONGEST_TTL_MS])) === 1;
  }

  async removeGeneration(name: string): Promise<void> {
    await this.#run(() => this.#client.del(this.#generation(name)));
  }

  room(): number {
    return this.#maxBytes;
  }

  async check(): Promise<void> {
    const nodes = 'nodes' in this.#client ? this.#client.nodes('master') : [this.#client];
    if (this.#client.status !== 'ready') throw new StoreUnavailable(`redis is ${this.#client.status}`);
    await this.#run(() => Promise.all(nodes.map((node) => node.ping())));
  }

  async close(): Promise<void> {
    this.#client.disconnect();
  }

  #both = (key: string): string[] => [this.#entry(key), this.#lease(key)];
  #entry = (key: string): string => `${this.#prefix}${key}e`;
  #lease = (key: string): string => `${this.#prefix}${key}l`;
  #generation = (name: string): string => `${this.#prefix}${name}g`;

  async #eval({ sha, lua }: Script, keys: string[], args: Argument[]): Promise<number> {
    return this.#run(async () => {
      try {
        return (await this.#client.evalsha(sha, keys.length, ...keys, ...args)) as number;
      } catch (error) {
        // The server was restarted, or has never seen it (redis.io, "EVALSHA").
        if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw error;
        return (await this.#client.eval(lua, keys.length, ...keys, ...args)) as number;
      }
    });
  }

  async #run<T>(command: () => Promise<T>): Promise<T> {
    try {
      return await command();
    } catch (error) {
      throw new StoreUnavailable(error instanceof Error ? error.message : String(error), { cause: error });
    }
  }
}

function slotOf(bytes: Buffer | null): Slot {
  return { bytes: bytes ?? undefined, mark: bytes === null ? '' : idOf(bytes).toString('hex') };
}

const idOf = (bytes: Buffer): Buffer => bytes.subarray(ID_AT[0], ID_AT[1] + 1);
const bytesOf = (mark: string): Buffer => Buffer.from(mark, 'hex');
