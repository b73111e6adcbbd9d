import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
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

/**
 * How many times a second `true` is run through the engine, seen to its end and forgotten, and what CPU that
 * takes of the broker, of the spawner and of what it starts, in ms per job. Beside it `xargs -n1 -P2 true`,
 * which does nothing but fork and exec: what the machine can do at all.
 */
export interface LocalRate {
  jobsPerSecond: number;
  /** In ms of CPU per job. */
  broker: number;
  spawner: number;
  children: number;
  xargsPerSecond: number;
  xargsCpu: number;
}

/** Clock ticks per second of /proc (USER_HZ, proc(5)). */
const TICKS = 100;

export async function localRate({
  jobs,
  slots,
  useCgroups,
}: {
  jobs: number;
  slots: number;
  useCgroups: boolean;
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
    await drive(engine, placements('warm', 200), slots);
    const { pid } = holderOf(directory.path, LOCK)!;
    const before = { broker: process.cpuUsage(), spawner: await cpuOf(pid), at: performance.now() };
    await drive(engine, placements('job', jobs), slots);
    const seconds = (performance.now() - before.at) / 1_000;
    const broker = process.cpuUsage(before.broker);
    const spawner = await cpuOf(pid);
    const xargs = await xargsRate(jobs);
    return {
      jobsPerSecond: jobs / seconds,
      broker: (broker.user + broker.system) / 1_000 / jobs,
      spawner: (spawner.own - before.spawner.own) / jobs,
      children: (spawner.children - before.spawner.children) / jobs,
      ...xargs,
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

/** In ms: of the process, and of its children that have ended. */
async function cpuOf(pid: number): Promise<{ own: number; children: number }> {
  const text = await readFile(`/proc/${pid}/stat`, 'latin1');
  const fields = text
    .slice(text.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number);
  const ms = (from: number): number => ((fields[from]! + fields[from + 1]!) / TICKS) * 1_000;
  return { own: ms(11), children: ms(13) };
}

async function xargsRate(jobs: number): Promise<{ xargsPerSecond: number; xargsCpu: number }> {
  const script = `seq ${jobs} | xargs -n1 -P2 true; cat /proc/$$/stat`;
  const began = performance.now();
  const child = spawn('/bin/sh', ['-c', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  let stat = '';
  child.stdout.on('data', (piece: Buffer) => (stat += piece.toString()));
  await once(child, 'close');
  const seconds = (performance.now() - began) / 1_000;
  const fields = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number);
  return { xargsPerSecond: jobs / seconds, xargsCpu: (((fields[13]! + fields[14]!) / TICKS) * 1_000) / jobs };
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
  for (const [what, value] of Object.entries(rate)) process.stdout.write(`${what} ${value.toFixed(2)}\n`);
}
