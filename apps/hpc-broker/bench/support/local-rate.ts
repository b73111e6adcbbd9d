import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { JobSpec } from '@groundwork/contracts';
import { createLogger } from '@groundwork/service';
import { createLocalEngine, type LocalEngine } from '../../src/adapters/local/local-engine.ts';
import { claimStateDir } from '../../src/adapters/local/state-directory.ts';
import type { Placement } from '../../src/ports/engine.ts';
import { holderOf } from '../../src/spawner/lock.ts';
import { LOCK } from '../../src/spawner/protocol.ts';
import { cpuOf } from './cpu.ts';
import { xargsRate } from './xargs.ts';

/**
 * How many times a second `true` is run through the engine, seen to its end and forgotten, and what CPU that
 * takes of this process in the broker's place, of the spawner and of what it starts, in ms per job.
 */
export interface LocalRate {
  perSecond: number;
  client: number;
  spawner: number;
  started: number;
}

const WARM_UP = 200;

export async function localRate({
  jobs,
  slots,
  useCgroups = true,
}: {
  jobs: number;
  slots: number;
  useCgroups?: boolean;
}): Promise<LocalRate> {
  const base = await mkdtemp(join(tmpdir(), 'gw-rate-'));
  const directory = claimStateDir(base);
  const engine = createLocalEngine({
    name: 'local',
    stateDir: directory.path,
    engineId: directory.engineId,
    slots,
    onStop: 'cancel',
    orphanSeconds: 30,
    useCgroups,
    logger: createLogger({ service: 'bench', level: 'silent' }),
  });
  try {
    await engine.start();
    await drive(engine, placements('warm', WARM_UP), slots);
    const { pid } = holderOf(directory.path, LOCK)!;
    const before = { client: cpuOf(process.pid), spawner: cpuOf(pid), at: performance.now() };
    await drive(engine, placements('job', jobs), slots);
    const seconds = (performance.now() - before.at) / 1_000;
    const spawner = cpuOf(pid);
    return {
      perSecond: jobs / seconds,
      client: (cpuOf(process.pid).own - before.client.own) / jobs,
      spawner: (spawner.own - before.spawner.own) / jobs,
      started: (spawner.children - before.spawner.children) / jobs,
    };
  } finally {
    await engine.stop(AbortSignal.timeout(10_000));
    directory.release();
    await rm(base, { recursive: true, force: true, maxRetries: 5 });
  }
}

function placements(prefix: string, count: number): Placement[] {
  const spec = JobSpec.parse({ name: 'true', command: ['true'] });
  return Array.from({ length: count }, (_, at) => ({
    name: `${prefix}-${at}`,
    spec,
    job: prefix,
    element: at,
    attempt: 1,
  }));
}

/** As a broker: places what fits, looks when it is told of a change, and forgets what has ended. */
async function drive(engine: LocalEngine, waiting: Placement[], slots: number): Promise<void> {
  const open = new Set<string>();
  const changed = new Set<string>();
  let wake = (): void => {};
  const stop = engine.onChange((names) => {
    for (const name of names) changed.add(name);
    wake();
  });
  while (waiting.length > 0 || open.size > 0) {
    const woken = new Promise<void>((resolve) => (wake = resolve));
    const names = [...changed];
    changed.clear();
    const ended = [...(await engine.look(names))].flatMap(([name, { state }]) =>
      state === 'ended' ? [name] : [],
    );
    for (const name of ended) open.delete(name);
    const next = waiting.splice(0, slots - open.size);
    for (const { name } of next) open.add(name);
    await Promise.all([ended.length > 0 && engine.forget(ended), next.length > 0 && engine.submit(next)]);
    if (changed.size === 0 && (waiting.length === 0 || open.size >= slots) && open.size > 0) await woken;
  }
  stop();
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      jobs: { type: 'string', default: '3000' },
      slots: { type: 'string', default: '16' },
      'without-cgroups': { type: 'boolean', default: false },
    },
  });
  const rate = await localRate({
    jobs: Number(values.jobs),
    slots: Number(values.slots),
    useCgroups: !values['without-cgroups'],
  });
  const xargs = await xargsRate(Number(values.jobs));
  for (const [what, value] of Object.entries({
    ...rate,
    xargsPerSecond: xargs.perSecond,
    xargsCpu: xargs.cpu,
  })) {
    process.stdout.write(`${what} ${value.toFixed(2)}\n`);
  }
}
