import { loadConfig } from '@groundwork/service';
import { Caller } from './caller.ts';
import { SoakConfig } from './config.ts';
import { chosenFaults } from './faults/faults.ts';
import { createLoad } from './load/load.ts';
import { Phases } from './phases.ts';
import { startWorld } from './processes/world.ts';
import { Broken } from './report/broken.ts';
import { showProgress } from './report/progress.ts';
import { report } from './report/report.ts';
import { Tally } from './report/tally.ts';
import { run } from './run.ts';
import type { Soak } from './soak.ts';
import { Confirmed } from './truth/confirmed.ts';
import { makeRows } from './truth/rows.ts';
import { Values } from './truth/values.ts';
import { Memory } from './usage/memory.ts';
import { Pulse } from './usage/pulse.ts';

/**
 * Two real instances with a real database and store, under mixed load, while one part after another fails and
 * comes back. Each answer is compared with what the database is known to hold. Exits 1 when anything is broken.
 */
const config = loadConfig(SoakConfig, process);
const stopping = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const)
  process.on(name, () => stopping.abort(new Error(`stopped by ${name}`)));
const { signal } = stopping;

const phases = new Phases();
const broken = new Broken(
  () => phases.now.name,
  (line) => process.stdout.write(`\n${line}\n`),
);
const tally = new Tally();
const onDeath = (why: string): void => {
  if (!signal.aborted) broken.add('death', why);
};
const world = await startWorld(config.SOAK_STORE, onDeath, signal);
const confirmed = new Confirmed(world.admin);
const following = new AbortController();
const pulse = new Pulse();
const isFollowed = Promise.all([
  confirmed.run(following.signal),
  pulse.run(world.instances, following.signal),
]);
const soak: Soak = {
  world,
  caller: new Caller({ phases, tally, broken, isBusSlow: config.SOAK_STORE === 'memcached', pulse }),
  phases,
  tally,
  broken,
  confirmed,
  pulse,
  rows: makeRows(),
  scratch: new Values('scratch', 'v', 200),
  settings: new Values('settings', 'd', 200),
  signal,
};
const memory = new Memory();
const sampling = setInterval(() => memory.sample(world.instances), 1_000);
const endProgress = showProgress(soak);
let exitCode = 1;
try {
  const measured = await run(soak, createLoad(soak), config.SOAK_MINUTES, chosenFaults(config.SOAK_FAULTS));
  endProgress();
  process.stdout.write(`${report(soak, measured, memory)}\n`);
  exitCode = broken.count === 0 ? 0 : 1;
} catch (error) {
  endProgress();
  if (!signal.aborted) process.stderr.write(`${(error as Error).stack}\n${broken.text}\n`);
  exitCode = signal.aborted ? 130 : 1;
} finally {
  clearInterval(sampling);
  following.abort();
  soak.caller.close();
  await isFollowed;
  await world.stop();
}
// Said outright: what stops the embedded database at the end of the process exits with 0.
process.exit(exitCode);
