import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { eventually } from '@groundwork/service/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { attemptFiles } from '../../src/spawner/attempt-files.ts';
import { bootId, identityOf, isAlive } from '../../src/spawner/identity.ts';
import { SETTINGS } from '../../src/spawner/protocol.ts';
import { startProcess } from '../../src/spawner/start-process.ts';
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

/** A state directory as a spawner has left it that was killed. */
async function leftBehind(
  base: LocalBase,
): Promise<{ path: string; files: ReturnType<typeof attemptFiles> }> {
  const path = join(base.dir, '1');
  for (const dir of ['attempts', 'work', 'trash']) mkdirSync(join(path, dir), { recursive: true });
  return { path, files: attemptFiles(path) };
}

const RECORD = { cores: 3, memoryMiB: 0, gpus: [], walltimeSeconds: 100, cgroups: [] };
const RUN = { env: { PATH: '/usr/bin:/bin' }, cores: 1, gpus: 0, walltimeSeconds: 100 };

describe('a broker that was restarted', () => {
  it('finds what runs, its cores taken, and the exit code that came while nobody looked', async () => {
    const base = await newBase();
    const first = await base.engine();
    const wait = `until [ -e ${base.dir}/go ]; do sleep 0.02; done; exit 9`;
    await first.submit([placed('a', base.effect('a', wait)), placed('b', { command: ['sleep', '1000'] })]);
    await eventually(() => base.effects().size === 1);
    await base.leave(first);
    await base.killSpawner();
    writeFileSync(join(base.dir, 'go'), '');
    await eventually(() => readFileSync(join(base.dir, '1/attempts/a/claim'), 'utf8').endsWith('\n9\n'));
    const second = await base.engine();
    expect(second.directory.engineId).toBe(first.directory.engineId);
    const seen = await second.look(['a', 'b']);
    expect(seen.get('a')).toMatchObject({ state: 'ended', ending: { by: 'exit', code: 9 } });
    expect(seen.get('b')).toMatchObject({ state: 'running' });
    expect(second.capacity().freeCores).toBe(63);
    await second.cancel(['b']);
    expect(await endOf(second, 'b')).toEqual({ by: 'cancel' });
    expect(base.effects()).toEqual(new Map([['a', 1]]));
  });

  it('still has the walltime of what it found', async () => {
    const base = await newBase();
    const first = await base.engine();
    await first.submit([placed('a', { command: ['sleep', '1000'], walltimeSeconds: 2 })]);
    await base.killSpawner();
    expect(await endOf(first, 'a')).toEqual({ by: 'walltime' });
  });

  it('hears of what has changed meanwhile', async () => {
    const base = await newBase();
    const first = await base.engine();
    await first.submit([placed('a', { command: ['true'] })]);
    await endOf(first, 'a');
    await base.leave(first);
    const second = await base.engine();
    const heard: string[] = [];
    second.onChange((names) => heard.push(...names));
    await base.killSpawner();
    await eventually(() => heard.includes('a'));
  });

  it('replaces a spawner that does not answer, and what it had started goes on', async () => {
    const base = await newBase();
    const first = await base.engine();
    await first.submit([placed('a', { command: ['sleep', '1000'] })]);
    await base.leave(first);
    const stuck = base.spawner()!;
    process.kill(stuck.pid, 'SIGSTOP');
    const second = await base.engine({ answerWithinMs: 8_000 });
    expect(base.spawner()?.pid).not.toBe(stuck.pid);
    expect((await second.look(['a'])).get('a')).toMatchObject({ state: 'running' });
  });

  it('sends away a spawner of another version, and goes on with what that one had started', async () => {
    const base = await newBase();
    const { path } = await leftBehind(base);
    const asked: string[] = [];
    const old = createServer((socket) => {
      socket.on('data', (bytes) => {
        for (const line of bytes.toString().trim().split('\n')) {
          const ask = JSON.parse(line) as { id: number; do: string };
          asked.push(ask.do);
          const free = { cores: 0, memoryMiB: 0, gpus: 0 };
          socket.write(
            `${JSON.stringify({ id: ask.id, answer: { version: 0, pid: 1, limits: [] }, free })}\n`,
          );
          if (ask.do !== 'yield') continue;
          socket.end();
          old.close();
        }
      });
    });
    old.listen(join(path, 'spawner.sock'));
    await once(old, 'listening');
    const engine = await base.engine();
    expect(asked).toEqual(['hello', 'yield']);
    await engine.submit([placed('a', { command: ['true'] })]);
    expect(await endOf(engine, 'a')).toEqual({ by: 'exit', code: 0 });
  });
});

describe('an attempt that a dead spawner has left', () => {
  it('without a claim is sealed: it is told as never started, and a shell that comes late runs nothing', async () => {
    const base = await newBase();
    const { files } = await leftBehind(base);
    files.take('a');
    const engine = await base.engine();
    expect(await endOf(engine, 'a')).toMatchObject({ by: 'never-started' });
    expect(await engine.submit([placed('a', base.effect('a'))])).toEqual([{ accepted: true }]);
    const place = {
      dir: files.dirOf('a'),
      cwd: base.dir,
      groups: [],
      record: RECORD,
      addressKiB: undefined,
      boot: bootId(),
    };
    const argv = ['/bin/sh', '-c', base.effect('a').shell];
    const { ended } = await startProcess({ ...RUN, name: 'a', argv }, place);
    expect(await ended).toEqual({ code: 2, signal: null });
    expect(base.effects()).toEqual(new Map());
  });

  it('and that was forgotten meanwhile is not run by a shell that comes late', async () => {
    const base = await newBase();
    const { files } = await leftBehind(base);
    const place = {
      dir: files.dirOf('a'),
      cwd: base.dir,
      groups: [],
      record: RECORD,
      addressKiB: undefined,
      boot: bootId(),
    };
    const argv = ['/bin/sh', '-c', base.effect('a').shell];
    const { ended } = await startProcess({ ...RUN, name: 'a', argv }, place);
    expect((await ended).code).toBe(2);
    expect(base.effects()).toEqual(new Map());
  });

  it('in another boot is lost, as the machine was restarted', async () => {
    const base = await newBase();
    const { files } = await leftBehind(base);
    files.take('a');
    writeFileSync(
      join(files.dirOf('a'), 'claim'),
      `${process.pid} 1 another-boot ${JSON.stringify(RECORD)}\n`,
    );
    const engine = await base.engine();
    expect(await endOf(engine, 'a')).toEqual({ by: 'lost', reason: 'the machine was restarted' });
    expect(engine.capacity().freeCores).toBe(64);
  });

  it('and whose number a stranger has by now is lost, and the stranger gets no signal', async () => {
    const base = await newBase();
    const { files } = await leftBehind(base);
    const stranger = spawn('sleep', ['1000'], { detached: true, stdio: 'ignore' });
    later.push(() => stranger.kill('SIGKILL'));
    const identity = identityOf(stranger.pid!, bootId())!;
    for (const name of ['a', 'b']) {
      files.take(name);
      writeFileSync(
        join(files.dirOf(name), 'claim'),
        `${identity.pid} ${Number(identity.start) - 1} ${identity.boot} ${JSON.stringify(RECORD)}\n`,
      );
    }
    // One of them was being killed when its spawner died.
    files.mark('b', { why: 'walltime', at: Date.now() - 60_000 });
    const engine = await base.engine();
    await engine.cancel(['a', 'b']);
    expect(await endOf(engine, 'a')).toMatchObject({ by: 'lost' });
    expect(await endOf(engine, 'b')).toEqual({ by: 'walltime' });
    expect(isAlive(identity, bootId())).toBe(true);
    expect(stranger.signalCode).toBeNull();
  });

  it('and whose exit code was cut off is not taken to have ended with it', async () => {
    const base = await newBase();
    const { files } = await leftBehind(base);
    files.take('a');
    writeFileSync(
      join(files.dirOf('a'), 'claim'),
      `${process.pid} 1 ${bootId()} ${JSON.stringify(RECORD)}\n1`,
    );
    expect(await endOf(await base.engine(), 'a')).toMatchObject({ by: 'lost' });
  });

  it('and that does not say who it is, is lost after a while, or what it was being ended for', async () => {
    const base = await newBase();
    const { files } = await leftBehind(base);
    for (const name of ['a', 'b']) {
      files.take(name);
      writeFileSync(join(files.dirOf(name), 'claim'), '');
    }
    files.mark('b', { why: 'cancel', at: Date.now() });
    const engine = await base.engine();
    expect((await engine.look(['a'])).get('a')).toMatchObject({ state: 'running' });
    expect(await endOf(engine, 'a')).toMatchObject({ by: 'lost' });
    expect(await endOf(engine, 'b')).toEqual({ by: 'cancel' });
  });
});

describe('a spawner', () => {
  it('that is killed is started again without a broker, and knows its attempts', async () => {
    const base = await newBase();
    const engine = await base.engine();
    await engine.submit([placed('a', { command: ['sleep', '1000'] })]);
    await base.leave(engine);
    const before = base.spawner()!;
    await base.killSpawner();
    const after = await eventually(() => base.spawner());
    expect(after.pid).not.toBe(before.pid);
    const second = await base.engine();
    expect(base.spawner()?.pid).toBe(after.pid);
    expect((await second.look(['a'])).get('a')).toMatchObject({ state: 'running' });
  });

  it('whose directory was removed ends, and is not started again', async () => {
    const base = await newBase();
    const { path } = await leftBehind(base);
    writeFileSync(join(path, SETTINGS), '{}');
    const main = new URL('../../src/spawner/main.ts', import.meta.url).pathname;
    const spawner = spawn(process.execPath, [main, join(base.dir, 'none')], { stdio: 'ignore' });
    expect((await once(spawner, 'exit'))[0]).toBe(0);
    expect(readdirSync(base.dir)).toEqual(['1']);
  });

  it('leaves nothing of what was forgotten', async () => {
    const base = await newBase();
    const engine = await base.engine();
    await engine.submit([placed('a', { shell: 'echo x >file' })]);
    await endOf(engine, 'a');
    await engine.forget(['a', 'never']);
    const left = () => ['attempts', 'work', 'trash'].flatMap((dir) => readdirSync(join(base.dir, '1', dir)));
    await eventually(() => left().length === 0);
  });

  it('keeps what runs although it is told to forget it', async () => {
    const base = await newBase();
    const engine = await base.engine();
    await engine.submit([placed('a', { command: ['sleep', '1000'] })]);
    await engine.forget(['a']);
    expect((await engine.look(['a'])).get('a')).toMatchObject({ state: 'running' });
  });
});
