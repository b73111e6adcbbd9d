import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { eventually, isSkipped } from '@groundwork/service/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { endOf, LocalBase, placed } from '../support/local-engines.ts';

const later: (() => unknown)[] = [];
afterEach(async () => {
  for (const undo of later.splice(0).toReversed()) await undo();
});

async function newBase(): Promise<LocalBase> {
  const base = await LocalBase.make();
  later.push(() => base.close());
  return base;
}

const missing =
  process.platform === 'linux' && process.getuid?.() === 0
    ? undefined
    : 'it takes Linux and root to bring that about';

describe('a receipt', () => {
  it('refuses for good what is too long for a command line, and nothing is left of it', async () => {
    const base = await newBase();
    const engine = await base.engine();
    // MAX_ARG_STRLEN is 131,072 bytes (execve(2)), and a letter may have two.
    const [receipt] = await engine.submit([placed('a', { command: ['echo', 'ü'.repeat(100_000)] })]);
    expect(receipt).toMatchObject({
      accepted: false,
      forGood: true,
      reason: expect.stringContaining('E2BIG'),
    });
    expect(await engine.look(['a'])).toEqual(new Map());
    expect(engine.capacity().freeCores).toBe(64);
  });

  it('refuses for good a directory that is not there', async () => {
    const engine = await (await newBase()).engine();
    const [receipt] = await engine.submit([placed('a', { command: ['pwd'], workingDirectory: '/no/such' })]);
    expect(receipt).toMatchObject({
      accepted: false,
      forGood: true,
      reason: expect.stringContaining('/no/such'),
    });
  });

  it('refuses for good several nodes where there is no mpirun, and says what to install', async () => {
    const engine = await (await newBase()).engine();
    const spec = { command: ['true'], mpi: { nodes: 2, ranksPerNode: 1 }, environment: { PATH: '/nowhere' } };
    const [receipt] = await engine.submit([placed('a', spec)]);
    expect(receipt).toMatchObject({
      accepted: false,
      forGood: true,
      reason: expect.stringContaining('openmpi-bin'),
    });
  });

  it('takes several nodes beyond the cores that there are', async () => {
    const engine = await (await newBase()).engine({ slots: 2 });
    const spec = { command: ['sleep', '1000'], mpi: { nodes: 2, ranksPerNode: 2 } };
    const [receipt] = await engine.submit([placed('a', spec)]);
    if (existsSync('/usr/bin/mpirun')) {
      expect(receipt).toEqual({ accepted: true });
      expect(engine.capacity().freeCores).toBe(0);
    } else expect(receipt).toMatchObject({ accepted: false });
  });

  it.skipIf(!existsSync('/usr/bin/mpirun'))('runs several nodes also where there is no ssh', async () => {
    const base = await newBase();
    const engine = await base.engine();
    const bin = join(base.dir, 'bin');
    mkdirSync(bin);
    for (const program of ['mpirun', 'orted', 'sh']) symlinkSync(`/usr/bin/${program}`, join(bin, program));
    const mpi = { nodes: 2, ranksPerNode: 1 };
    await engine.submit([placed('a', { command: ['/bin/true'], mpi, environment: { PATH: bin } })]);
    expect(await endOf(engine, 'a')).toEqual({ by: 'exit', code: 0 });
  });

  it('hands out each GPU once', async () => {
    const engine = await (await newBase()).engine({ gpus: 3 });
    const shell = 'echo $CUDA_VISIBLE_DEVICES; sleep 1000';
    const two = { shell, resources: { gpus: 2 } };
    const one = { shell, resources: { gpus: 1 } };
    const receipts = await engine.submit([placed('a', two), placed('b', one), placed('c', one)]);
    expect(receipts).toMatchObject([
      { accepted: true },
      { accepted: true },
      { accepted: false, forGood: false },
    ]);
    const devices = (name: string) =>
      eventually(async () => (await engine.output(name, 'stdout', 0, 9))?.toString().match(/.+(?=\n)/)?.[0]);
    expect([await devices('a'), await devices('b')]).toEqual(['0,1', '2']);
    await engine.cancel(['a']);
    await endOf(engine, 'a');
    expect(await engine.submit([placed('c', one)])).toEqual([{ accepted: true }]);
    expect(await devices('c')).toBe('0');
  });

  it('refuses names that are no names of attempts', async () => {
    const engine = await (await newBase()).engine();
    for (const name of ['', '..', '../a', 'a/b', '-a', 'a b']) {
      await expect(engine.submit([placed(name, { command: ['true'] })])).rejects.toThrow(TypeError);
      await expect(engine.forget([name])).rejects.toThrow(TypeError);
    }
  });

  describe.skipIf(isSkipped({ name: 'a spawner that has run out', missing }))(
    'of a spawner that has run out',
    () => {
      it('of files says so, and the next one is taken when there are some', async () => {
        const base = await newBase();
        const engine = await base.engine();
        await engine.submit([placed('before', { command: ['sleep', '1000'] })]);
        const { pid } = base.spawner()!;
        execFileSync('prlimit', ['--pid', String(pid), '--nofile=3:4096']);
        const [receipt] = await engine.submit([placed('a', base.effect('a'))]);
        expect(receipt).toMatchObject({
          accepted: false,
          forGood: false,
          reason: expect.stringContaining('EMFILE'),
        });
        await engine.cancel(['before']);
        execFileSync('prlimit', ['--pid', String(pid), '--nofile=4096:4096']);
        expect(await engine.submit([placed('a', base.effect('a'))])).toEqual([{ accepted: true }]);
        expect(await endOf(engine, 'a')).toEqual({ by: 'exit', code: 0 });
        expect(base.effects()).toEqual(new Map([['a', 1]]));
        // What could not be read when it ended has been read since.
        expect(['cancel', 'never-started']).toContain((await endOf(engine, 'before')).by);
      });

      it('of room on the disk tells that it never started, keeps what runs, and goes on when there is some', async () => {
        const base = await newBase();
        mkdirSync(join(base.dir, '1'));
        execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', join(base.dir, '1')]);
        const unmount = (): unknown => execFileSync('umount', ['-l', join(base.dir, '1')]);
        later.push(unmount);
        later.push(async () => {
          execFileSync('mount', ['-o', 'remount,size=10m', join(base.dir, '1')]);
          await base.end();
        });
        const engine = await base.engine();
        const hog = `trap 'rm -f file; exit 3' TERM; cat /dev/zero >file; echo full >${base.dir}/full; sleep 1000 & wait`;
        await engine.submit([placed('hog', { shell: hog })]);
        await eventually(() => existsSync(join(base.dir, 'full')));
        // There is room for its directory, and none for the shell to say that it runs it.
        expect(await engine.submit([placed('a', base.effect('a'))])).toEqual([{ accepted: true }]);
        expect(await endOf(engine, 'a')).toMatchObject({ by: 'never-started' });
        expect((await engine.look(['hog'])).get('hog')).toMatchObject({ state: 'running' });
        await engine.cancel(['hog']);
        expect(await endOf(engine, 'hog')).toEqual({ by: 'cancel' });
        await engine.submit([placed('b', base.effect('b'))]);
        expect(await endOf(engine, 'b')).toEqual({ by: 'exit', code: 0 });
        expect(readFileSync(base.effectFile, 'utf8')).toBe('b\n');
      });
    },
  );
});

describe('a state directory', () => {
  it('may have a path that is longer than that of a socket may be', async () => {
    const base = await newBase();
    const deep = join(base.dir, 'x'.repeat(120));
    mkdirSync(deep);
    const inside = LocalBase.at(deep);
    later.push(() => inside.close());
    const engine = await inside.engine();
    await engine.submit([placed('a', { command: ['true'] })]);
    expect(await endOf(engine, 'a')).toEqual({ by: 'exit', code: 0 });
  });
});
