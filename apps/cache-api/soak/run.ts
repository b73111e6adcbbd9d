import { setTimeout as delay } from 'node:timers/promises';
import { STREAM } from './catalogue.ts';
import type { Fault } from './faults/fault.ts';
import type { Load } from './load/load.ts';
import { CALM, type Phase } from './phases.ts';
import type { Soak } from './soak.ts';
import { measureUsage, type Usage } from './usage/usage.ts';

/** Pools close what is idle for 10 s. */
const QUIET_MS = 13_000;
/** A fault with all that belongs to it takes about so long; between two there is as much calm. In ms. */
const SLOT = { shortest: 8_000, longest: 25_000 };
/** Of the run, before the baseline. */
const WARM_UP = { share: 0.1, mostMs: 60_000 };
/** Until all is well after a fault, and then until circuits are closed again. In ms. */
const RECOVERY = { most: 30_000, rest: 2_000 };
/** The stream may be behind by so much when nothing is wrong, in ms. */
const MOST_LAG_MS = 5_000;
const MOST_RETAINED_BYTES = 32 * 2 ** 20;

export interface Measured {
  before: Usage;
  after: Usage;
  /** Faults for which there was no time. */
  left: string[];
}

/** Warm-up, baseline, faults one after another with calm between them, and in the end nothing. */
export async function run(
  soak: Soak,
  load: Load,
  minutes: number,
  faults: readonly Fault[],
): Promise<Measured> {
  const { signal } = soak;
  const end = performance.now() + minutes * 60_000;
  const pause = (ms: number): Promise<void> => delay(ms, undefined, { signal });
  const warmUp = Math.min(minutes * 60_000 * WARM_UP.share, WARM_UP.mostMs);
  await phase(soak, { name: 'warm-up', mayFail: true, extraMs: 1_000 }, () =>
    withLoad(soak, load, () => pause(warmUp)),
  );
  const before = await quiet(soak, pause);
  const left = await withLoad(soak, load, () => failing(soak, faults, end, pause));
  const after = await quiet(soak, pause);
  await checkSlot(soak);
  return { before, after, left };
}

async function failing(
  soak: Soak,
  faults: readonly Fault[],
  end: number,
  pause: (ms: number) => Promise<void>,
): Promise<string[]> {
  const done = new Set<string>();
  const time = end - performance.now();
  // Each of them as often as any other, as far as that is possible.
  const rounds = Math.max(1, Math.round(time / (faults.length * SLOT.longest)));
  const slot = Math.max(SLOT.shortest, time / (faults.length * rounds));
  for (let at = 0; performance.now() + slot / 2 < end; at += 1) {
    const fault = faults[at % faults.length]!;
    const next = performance.now() + slot;
    await phase(soak, { name: 'calm', ...CALM }, () => calm(soak, Math.max(2_000, slot / 4), pause));
    await phase(soak, fault, () => fault.run(soak, pause));
    await phase(soak, { ...fault, name: `… after: ${fault.name}` }, () => recovered(soak, fault, pause));
    done.add(fault.name);
    const rest = Math.min(next, end) - performance.now();
    if (rest > 0) await phase(soak, { name: 'calm', ...CALM }, () => calm(soak, rest, pause));
  }
  return faults.map(({ name }) => name).filter((name) => !done.has(name));
}

async function phase<T>(soak: Soak, one: Phase, work: () => Promise<T>): Promise<T> {
  const began = performance.now();
  soak.confirmed.takeLongest();
  soak.phases.begin(one);
  try {
    return await work();
  } finally {
    soak.tally.lasted(one.name, (performance.now() - began) / 1_000, soak.confirmed.takeLongest());
  }
}

async function withLoad<T>(soak: Soak, load: Load, work: () => Promise<T>): Promise<T> {
  const over = new AbortController();
  const loading = load(AbortSignal.any([over.signal, soak.signal]));
  try {
    return await work();
  } finally {
    over.abort();
    await loading;
  }
}

async function calm(
  { confirmed, broken, pulse }: Soak,
  ms: number,
  pause: (ms: number) => Promise<void>,
): Promise<void> {
  const end = performance.now() + ms;
  let isTold = false;
  while (performance.now() < end) {
    await pause(Math.min(200, Math.max(0, end - performance.now())));
    if (confirmed.lagMs < MOST_LAG_MS || isTold) continue;
    if (pulse.hasStalled(performance.now() - confirmed.lagMs)) continue;
    isTold = true;
    broken.add('stream behind', `nothing was confirmed for ${confirmed.lagMs.toFixed(0)} ms`);
  }
}

async function recovered(soak: Soak, fault: Fault, pause: (ms: number) => Promise<void>): Promise<void> {
  const began = performance.now();
  let problems: string[] = [];
  for (;;) {
    const asked = soak.world.instances.map((one) => one.problems().catch((error: Error) => [error.message]));
    problems = (await Promise.all(asked)).flat();
    const isBehind = soak.confirmed.lagMs > RECOVERY.rest;
    if (problems.length === 0 && !isBehind) break;
    if (performance.now() - began > RECOVERY.most) {
      soak.broken.add(
        'no recovery',
        `${RECOVERY.most} ms after ${fault.name}: ${problems.join('; ')}, lag ${soak.confirmed.lagMs} ms`,
      );
      break;
    }
    await pause(100);
  }
  await pause(RECOVERY.rest);
}

async function quiet(soak: Soak, pause: (ms: number) => Promise<void>): Promise<Usage> {
  return phase(soak, { name: 'quiet', ...CALM }, async () => {
    soak.caller.close();
    await pause(QUIET_MS);
    return measureUsage(soak.world);
  });
}

/** Confirmed up to the present, so that the server keeps no log for it. */
async function checkSlot({ world, broken, signal }: Soak): Promise<void> {
  const { rows: now } = await world.admin.query<{ at: string }>('SELECT pg_current_wal_lsn()::text AS at');
  let last: { behind: number; retained: number; status: string } | undefined;
  for (let tries = 0; tries < 50; tries += 1) {
    const { rows } = await world.admin.query<{ behind: number; retained: number; status: string }>(
      `SELECT pg_wal_lsn_diff($1::pg_lsn, confirmed_flush_lsn)::float8 AS behind, wal_status AS status,
         pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn)::float8 AS retained FROM pg_replication_slots WHERE slot_name = $2`,
      [now[0]?.at, STREAM],
    );
    [last] = rows;
    if (last !== undefined && last.behind <= 0 && last.retained <= MOST_RETAINED_BYTES) return;
    await delay(100, undefined, { signal });
  }
  broken.add('replication slot', `at the end: ${JSON.stringify(last)}`);
}
