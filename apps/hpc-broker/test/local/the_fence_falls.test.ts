import { eventually } from '@groundwork/service/testing';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { attemptFiles } from '../../src/spawner/attempt-files.ts';
import { bootId, isAlive } from '../../src/spawner/identity.ts';
import { endOf, LocalBase, placed } from '../support/local-engines.ts';

let base: LocalBase | undefined;
afterEach(async () => {
  await base?.close();
  base = undefined;
});

/** Leaves its session, and does not listen to SIGTERM. */
const stubborn = (file: string): { shell: string } => ({
  shell: `trap '' TERM; setsid sh -c 'echo $$ >${file}; exec sleep 1000' & sleep 1000`,
});

function isRunning(file: string): boolean {
  const pid = readFileSync(file, 'utf8').trim();
  return existsSync(`/proc/${pid}`) && !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
}

describe('without a broker for orphanSeconds', () => {
  for (const useCgroups of [true, false]) {
    it(`everything is killed, and the spawner ends (${useCgroups ? 'with' : 'without'} cgroups)`, async () => {
      base = await LocalBase.make();
      const settings = { orphanSeconds: 1, useCgroups };
      const engine = await base.engine(settings);
      const file = join(base.dir, 'pid');
      await engine.submit([placed('a', stubborn(file))]);
      await eventually(() => existsSync(file) && readFileSync(file, 'utf8').endsWith('\n'));
      const spawner = base.spawner()!;
      await base.leave(engine);
      expect(isRunning(file)).toBe(true);
      await eventually(() => !isAlive(spawner, bootId()));
      expect(isRunning(file)).toBe(false);
      const again = await base.engine(settings);
      expect(await endOf(again, 'a')).toMatchObject({
        by: 'lost',
        reason: expect.stringContaining('no broker'),
      });
    });
  }

  it('everything is killed also when the spawner was killed as well', async () => {
    base = await LocalBase.make();
    const engine = await base.engine({ orphanSeconds: 2 });
    const file = join(base.dir, 'pid');
    await engine.submit([placed('a', stubborn(file))]);
    await eventually(() => existsSync(file) && readFileSync(file, 'utf8').endsWith('\n'));
    await base.leave(engine);
    await base.killSpawner();
    await eventually(() => !isRunning(file));
  });
});

describe('a broker that may have lost its lease', () => {
  it('sends no beat: what it runs is killed, and nothing is started until it has one again', async () => {
    base = await LocalBase.make();
    let holdsLease = true;
    const engine = await base.engine({ orphanSeconds: 1, holdsLease: () => holdsLease });
    await engine.submit([placed('a', { command: ['sleep', '1000'] })]);
    holdsLease = false;
    expect(await endOf(engine, 'a')).toMatchObject({ by: 'lost' });
    expect(await engine.submit([placed('b', { command: ['true'] })])).toMatchObject([
      { accepted: false, forGood: false },
    ]);
    holdsLease = true;
    await eventually(async () => (await engine.submit([placed('b', { command: ['true'] })]))[0]?.accepted);
    expect(await endOf(engine, 'b')).toEqual({ by: 'exit', code: 0 });
  });

  it('is not one that beats: nothing is killed while it does', async () => {
    base = await LocalBase.make();
    const engine = await base.engine({ orphanSeconds: 1 });
    await engine.submit([placed('a', { command: ['sleep', '2'] })]);
    expect(await endOf(engine, 'a')).toEqual({ by: 'exit', code: 0 });
  });
});

describe('a graceful stop', () => {
  it('with keep leaves running what runs', async () => {
    base = await LocalBase.make();
    const engine = await base.engine({ onStop: 'keep' });
    await engine.submit([placed('a', base.effect('a', 'sleep 1000'))]);
    await eventually(() => base!.effects().size === 1);
    await engine.stop(AbortSignal.timeout(5_000));
    await expect(engine.look(['a'])).rejects.toThrow('it has been stopped');
    expect(engine.capacity().closed).toContain('it has been stopped');
    await base.leave(engine);
    const again = await base.engine();
    expect((await again.look(['a'])).get('a')).toMatchObject({ state: 'running' });
  });

  it('with cancel ends everything with its signals, and the spawner', async () => {
    base = await LocalBase.make();
    const engine = await base.engine({ onStop: 'cancel' });
    const saved = join(base.dir, 'saved');
    const shell = `trap 'echo saved >${saved}; exit 0' TERM; ${base.effect('a').shell} sleep 1000 & wait`;
    await engine.submit([placed('a', { shell })]);
    await eventually(() => base!.effects().size === 1);
    const spawner = base.spawner()!;
    await engine.stop(AbortSignal.timeout(5_000));
    await eventually(() => !isAlive(spawner, bootId()));
    expect(readFileSync(saved, 'utf8')).toBe('saved\n');
    expect(attemptFiles(join(base.dir, '1')).readMark('a')).toMatchObject({ why: 'cancel' });
  });
});
