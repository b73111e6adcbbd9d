import { Agent } from 'node:http';
import { TIMES } from './catalogue.ts';
import type { Phases } from './phases.ts';
import type { Instance } from './processes/instance.ts';
import type { Broken } from './report/broken.ts';
import type { Tally } from './report/tally.ts';
import type { Pulse } from './usage/pulse.ts';
import { send, type Reply, type Sent } from './send.ts';

/** How long a call of each kind may take, in ms, when nothing is away. */
export const DEADLINES = {
  // A load that another one waits for may fail, and then it loads itself; and what is asked of the store around that.
  read: 2 * TIMES.hard + 4 * TIMES.store + 1_000,
  // A connection of the pool (2 s), one statement that waits for its lock (and 1 s for its end), the store.
  write: 2_000 + TIMES.database + 1_000 + 4 * TIMES.store + 1_000,
  // With wait=all.
  invalidate: TIMES.l1MaxStale + 4 * TIMES.store + 1_000,
} as const;
/** Told to others by way of the database, with its connection (5 s) and statement (2 s, and 1 s more). */
const BUS_MS = 5_000 + TIMES.database + 1_000;
/** Nothing is waited for longer than its deadline by this, in ms. */
const MOST_EXTRA_MS = 10_000;
/** The service closes what is idle for 5 s; we do so well before. */
const IDLE_MS = 2_000;
/** What has been on its way for so long when an instance is told to end has arrived there, in ms. */
const ON_ITS_WAY_MS = 100;

export interface Call extends Sent {
  kind: keyof typeof DEADLINES;
  /** Statuses besides 503, which depends on the phase. */
  expects: readonly number[];
}

/** Sends, counts, and complains of what is not answered as it must be. */
export class Caller {
  readonly #agents = new Map<number, Agent>();
  readonly #parts: { phases: Phases; tally: Tally; broken: Broken; isBusSlow: boolean; pulse: Pulse };

  constructor(parts: { phases: Phases; tally: Tally; broken: Broken; isBusSlow: boolean; pulse: Pulse }) {
    this.#parts = parts;
  }

  async call(to: Instance, call: Call): Promise<Reply> {
    const { phases, tally, broken, pulse } = this.#parts;
    const phase = phases.now.name;
    const deadline = this.#deadline(call);
    const wasUp = to.state === 'up';
    const life = to.life;
    const reply = await send(this.#agent(to.port), to.port, call, deadline + MOST_EXTRA_MS);
    const ms = reply.ended - reply.began;
    const isGone = !wasUp || hasGone(to, life, reply.began);
    const { mayFail, extraMs } = phases.since(reply.began);
    tally.add(phase, reply.status, ms);
    const what = `${call.method ?? 'GET'} ${call.path} at ${to.name} → ${reply.status} after ${ms.toFixed(0)} ms`;
    const told = reply.body.toString().slice(0, 300);
    if (reply.status === 'lost') {
      const mayBeClosing = reply.isReused && pulse.hasStalled(reply.began);
      if (!isGone && !mayBeClosing) broken.add('connection lost', `${what}: ${reply.error?.message}`);
    } else if (reply.status === 'late' || ms > deadline + extraMs) {
      if (!isGone) broken.add('answered too late', `${what}, deadline ${deadline + extraMs} ms`);
    } else if (reply.status === 503) {
      if (reply.headers['retry-after'] === undefined)
        broken.add('503 without Retry-After', `${what}: ${told}`);
      if (!mayFail && !isGone && !pulse.hasStalled(reply.began))
        broken.add('503 when nothing is away', `${what}: ${told}`);
    } else if (!call.expects.includes(reply.status)) broken.add('status not allowed', `${what}: ${told}`);
    return reply;
  }

  /** Of connections that are kept. */
  close(): void {
    for (const agent of this.#agents.values()) agent.destroy();
    this.#agents.clear();
  }

  #deadline({ kind }: Call): number {
    return DEADLINES[kind] + (this.#parts.isBusSlow && kind !== 'read' ? BUS_MS : 0);
  }

  #agent(port: number): Agent {
    const agent = this.#agents.get(port) ?? new Agent({ keepAlive: true, maxSockets: 100, timeout: IDLE_MS });
    this.#agents.set(port, agent);
    return agent;
  }
}

/** Whether it has ended meanwhile, so that it owes no answer: told to end, it still owes those to what it had been asked before. */
function hasGone(to: Instance, life: number, began: number): boolean {
  const isAsBefore = to.life === life && to.state === 'up';
  return !isAsBefore && (to.endedBy !== 'SIGTERM' || began > to.endedAt - ON_ITS_WAY_MS);
}
