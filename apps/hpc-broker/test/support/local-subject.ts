import { mkdir } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from '@groundwork/service/testing';
import type { Subject } from '@groundwork/service/testing/contract';
import type { EnginePlace } from '../contract/engine-place.ts';
import { LocalBase, type EngineSettings } from './local-engines.ts';

const CORES = 8;

/** Processes of this machine, with cgroups where they are writable, and without. */
export function localSubject(name: string, settings: EngineSettings): Subject<EnginePlace> {
  return {
    name,
    missing: process.platform === 'win32' ? 'Windows has no process groups' : undefined,
    start: () =>
      Promise.resolve({ open: () => open({ slots: CORES, ...settings }), stop: () => Promise.resolve() }),
  };
}

async function open(settings: EngineSettings): Promise<EnginePlace> {
  const base = await LocalBase.make();
  const engine = await base.engine(settings);
  const dir = join(base.dir, 'shared');
  await mkdir(dir);
  return {
    engine,
    async restarted() {
      await base.leave(engine);
      return base.engine(settings);
    },
    async interrupt() {
      await eventually(() => base.spawner());
      await base.killSpawner();
    },
    cores: CORES,
    nodeCores: CORES,
    many: 200,
    dir,
    withinMs: 10_000,
    addsVariables: /^_=/,
    has: {
      containment: process.platform === 'linux',
      memoryLimit: engine.describe().includes('memory is limited by a cgroup'),
      exactOutput: true,
      mpi: existsSync('/usr/bin/mpirun'),
    },
    close: () => base.close(),
  };
}
