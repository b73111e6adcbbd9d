import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Machine } from './machine.ts';
import type { Player, Simulation } from './simulation.ts';

/** So often a client writes something. */
const EVERY_MS = 5_000;

/** Who uses the service: measures for how long nobody could, and what of the acknowledged writes is left. */
export class Clients implements Player {
  /** ms since the drill began. */
  withoutServiceMs = 0;
  readonly acknowledged: string[] = [];
  readonly #simulation: Simulation;
  readonly #reach: () => Promise<Machine | undefined>;
  readonly #file: string | undefined;
  #server: Machine | undefined;
  #isCounting = false;
  #since = 0;
  #isClosed = false;

  /**
   * @param reach the machine that a request gets to and that answers it
   * @param file what a write is appended to, there; default: nothing is written
   */
  constructor(simulation: Simulation, reach: () => Promise<Machine | undefined>, file?: string) {
    this.#simulation = simulation;
    this.#reach = reach;
    this.#file = file;
    void this.#write();
  }

  close(): void {
    this.#isClosed = true;
  }

  get isServed(): boolean {
    return this.#server !== undefined;
  }

  get server(): Machine | undefined {
    return this.#server;
  }

  /** From now on what clients do without is counted. */
  count(): void {
    this.#isCounting = true;
    this.#since = this.#simulation.now;
  }

  async round(): Promise<void> {
    this.#account();
    this.#server = await this.#reach();
  }

  /** What is counted so far. */
  #account(): void {
    const { now } = this.#simulation;
    if (this.#isCounting && this.#server?.isAlive !== true) this.withoutServiceMs += now - this.#since;
    this.#since = now;
  }

  /** Of the acknowledged writes those that a machine does not have. */
  lostOn(machine: Machine): string[] {
    if (this.#file === undefined) return [];
    const file = join(machine.dir, this.#file);
    const kept = new Set(existsSync(file) ? readFileSync(file, 'utf8').split('\n') : []);
    return this.acknowledged.filter((one) => !kept.has(one));
  }

  async #write(): Promise<void> {
    for (let n = 1; ; n += 1) {
      await this.#simulation.wait(EVERY_MS);
      if (this.#isClosed) return;
      if (this.#server?.isAlive !== true) continue;
      if (this.#file !== undefined) appendFileSync(join(this.#server.dir, this.#file), `${n}\n`);
      this.acknowledged.push(String(n));
    }
  }
}
