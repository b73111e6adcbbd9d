import { setTimeout as delay } from 'node:timers/promises';
import type { AgentReport } from '@groundwork/contracts';
import { format, isEqual, overlaps, subtract } from '@groundwork/ip-ranges';
import type { Component, Logger } from '@groundwork/service';
import type { Nftables } from '../adapters/nftables/nftables.ts';
import { NOTHING } from '../domain/networks.ts';
import { spareSet, type ProtectedRange } from '../domain/protected-ranges.ts';
import { bringAbout } from './bring-about.ts';
import type { TakenList } from './list.ts';
import type { BlocklistService } from './service.ts';
import type { StateFile } from './state-file.ts';

export interface AgentParts {
  service: BlocklistService;
  stateFile: StateFile;
  nftables: Nftables;
  admitted: () => Promise<ProtectedRange[]>;
  pollMs: number;
  agentVersion: string;
  logger: Logger;
}

export interface Agent extends Component {
  status(): AgentReport;
}

/** At least this often it is said how things are, in ms. */
const REPORT_EVERY_MS = 30_000;
/** So often everything in the table is read, as somebody may have changed a set: 0.5 s for 100,000 networks. In ms. */
const LOOK_EVERY_MS = 60_000;
/** More exceptions than that are not told. */
const MOST_SPARED = 1_000;

type Problems = Partial<Record<'service' | 'nftables' | 'state' | 'report', string>>;

/**
 * Keeps the firewall of this host at the list of the service. The list that it has is enforced
 * whatever becomes of the service: first the one of the last run, then each that comes whole.
 * Stopping leaves the rules in place.
 */
export function createAgent(parts: AgentParts): Agent {
  const { service, stateFile, nftables, logger } = parts;
  const stopping = new AbortController();
  let list: TakenList | undefined;
  let admitted: ProtectedRange[] = [];
  /** What is known to be in force. */
  let applied: { list: TakenList; admitted: ProtectedRange[]; at: string } | undefined;
  let counters = { packets: 0, bytes: 0 };
  let lookedAt = Number.NEGATIVE_INFINITY;
  let reported = { text: '', at: Number.NEGATIVE_INFINITY };
  let problems: Problems = {};
  let running: Promise<void> | undefined;

  /** Each kind of trouble is told when it begins and when it is over, and stands in the report meanwhile. */
  async function minding(kind: keyof Problems, work: () => Promise<void>): Promise<void> {
    try {
      await work();
      if (problems[kind] !== undefined) logger.info(`${kind}: well again`);
      problems = { ...problems, [kind]: undefined };
    } catch (error) {
      if (stopping.signal.aborted) return;
      const message = error instanceof Error ? error.message : String(error);
      if (problems[kind] !== message) logger.warn({ error }, `${kind}: ${message}`);
      problems = { ...problems, [kind]: message };
    }
  }

  async function pull(): Promise<void> {
    const taken = await service.pull(list?.version, stopping.signal);
    if (taken === undefined) return;
    list = taken;
    await minding('state', () => stateFile.save(taken));
  }

  async function enforce(): Promise<void> {
    admitted = await parts.admitted();
    // Without a list whatever is there from before stays.
    if (list === undefined) return;
    const now = performance.now();
    const seen = await nftables.glance();
    counters = seen ?? counters;
    const isDue = now - lookedAt > LOOK_EVERY_MS;
    if (seen === undefined || isDue || problems.nftables !== undefined) {
      await nftables.observe();
      lookedAt = now;
    } else if (applied?.list === list && isSame(applied.admitted, admitted)) return;
    const block = subtract(list.blocked, spareSet(admitted));
    await bringAbout(nftables, { ...NOTHING, block });
    const isNews = applied?.list.version !== list.version;
    applied = { list, admitted, at: isNews || applied === undefined ? new Date().toISOString() : applied.at };
    if (isNews) logger.info({ version: list.version, networks: networks() }, 'the list is enforced');
  }

  function networks(): number {
    return nftables.parts().reduce((sum, part) => sum + part.networks.length, 0);
  }

  function status(): AgentReport {
    const severity = nftables.parts().some(({ inForce }) => inForce) ? 'note' : 'blind';
    return {
      version: applied?.list.version ?? null,
      appliedAt: applied?.at ?? null,
      networks: networks(),
      spared: sparedOf(list, admitted).slice(0, MOST_SPARED),
      counters,
      // Whoever reads the report knows that it has come.
      conditions: Object.entries(problems).flatMap(([kind, message]) =>
        message === undefined || kind === 'report'
          ? []
          : [{ severity, message: `${kind}: ${message}`.slice(0, 1_000) }],
      ),
      agentVersion: parts.agentVersion,
    };
  }

  async function report(): Promise<void> {
    const now = status();
    // Counters change all the time.
    const text = JSON.stringify({ ...now, counters: undefined });
    const at = performance.now();
    if (text === reported.text && at - reported.at < REPORT_EVERY_MS) return;
    // The key may be good for pulling and not for reporting.
    await minding('report', async () => {
      await service.report(now, stopping.signal);
      reported = { text, at };
    });
  }

  async function follow(): Promise<void> {
    while (!stopping.signal.aborted) {
      await minding('service', pull);
      if (stopping.signal.aborted) return;
      await minding('nftables', enforce);
      await report();
      await delay(parts.pollMs, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  }

  return {
    name: 'agent',
    status,
    async start() {
      // What nft cannot do now it cannot do later.
      await nftables.observe();
      lookedAt = performance.now();
      await minding('state', async () => {
        list = await stateFile.load();
      });
      await minding('nftables', enforce);
      running = follow();
    },
    async stop() {
      stopping.abort();
      await running;
    },
  };
}

function isSame(one: readonly ProtectedRange[], other: readonly ProtectedRange[]): boolean {
  return isEqual(spareSet(one), spareSet(other));
}

/** Whom the list would lock out. */
function sparedOf(list: TakenList | undefined, admitted: readonly ProtectedRange[]): AgentReport['spared'] {
  if (list === undefined) return [];
  return admitted
    .filter(({ range }) => overlaps(list.blocked, range))
    .map(({ name, range }) => ({ network: format(range), why: name }));
}
