import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { eventually } from '@groundwork/service/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { claimStateDir } from '../../src/adapters/local/state-directory.ts';
import { bootId, identityOf, identityText } from '../../src/spawner/identity.ts';
import { endOf, LocalBase, placed } from '../support/local-engines.ts';

let base: LocalBase;
beforeEach(async () => {
  base = await LocalBase.make();
});
afterEach(() => base.close());

describe('two engines on one base directory', () => {
  it('have each a directory and a spawner of their own', async () => {
    const [one, other] = [await base.engine(), await base.engine()];
    expect(one.directory.path).toBe(join(base.dir, '1'));
    expect(other.directory.path).toBe(join(base.dir, '2'));
    expect(one.directory.engineId).not.toBe(other.directory.engineId);
    expect(base.spawner('1')?.pid).not.toBe(base.spawner('2')?.pid);
    await one.submit([placed('a', { command: ['true'] })]);
    await endOf(one, 'a');
    expect(await other.look(['a'])).toEqual(new Map());
  });

  it('get back the same ones, in any order', async () => {
    const [one, other] = [await base.engine(), await base.engine()];
    await base.leave(one);
    await base.leave(other);
    const [third, fourth] = [await base.engine(), await base.engine()];
    expect([third, fourth].map(({ directory }) => directory.engineId)).toEqual(
      [one, other].map(({ directory }) => directory.engineId),
    );
  });

  it('on one directory by mistake: the later one has it, and the earlier one says so and does not fight', async () => {
    const one = await base.engine();
    one.directory.release();
    const other = await base.engine();
    expect(other.directory.path).toBe(one.directory.path);
    await eventually(() => one.capacity().closed?.includes('another broker'));
    await expect(one.submit([placed('a', { command: ['true'] })])).rejects.toThrow('another broker');
    await other.submit([placed('a', { command: ['true'] })]);
    expect(await endOf(other, 'a')).toEqual({ by: 'exit', code: 0 });
  });
});

describe('a lock', () => {
  const lock = (text: string): void => {
    claimStateDir(base.dir).release();
    writeFileSync(join(base.dir, '1', 'lock.7'), `${text}\n`);
  };
  const claimed = (): string => {
    const directory = claimStateDir(base.dir);
    directory.release();
    return directory.path;
  };

  it('of a process that is dead holds nobody back', async () => {
    const child = spawn('cat', { stdio: ['pipe', 'ignore', 'ignore'] });
    const identity = identityOf(child.pid!, bootId())!;
    child.stdin.end();
    await once(child, 'exit');
    lock(`${identityText(identity)} ${hostname()}`);
    expect(claimed()).toBe(join(base.dir, '1'));
  });

  it('whose number a stranger has by now holds nobody back', () => {
    lock(`${process.pid} 1 ${bootId()} ${hostname()}`);
    expect(claimed()).toBe(join(base.dir, '1'));
  });

  it('of an earlier boot holds nobody back', () => {
    const { pid, start } = identityOf(process.pid, bootId())!;
    lock(`${pid} ${start} another-boot ${hostname()}`);
    expect(claimed()).toBe(join(base.dir, '1'));
  });

  it('of another host is not touched', () => {
    lock('1 1 another-boot another-host');
    expect(claimed()).toBe(join(base.dir, '2'));
  });

  it('is had by one of many that want it at the same time', async () => {
    const program = `
      const { takeLock } = await import(${JSON.stringify(new URL('../../src/spawner/lock.ts', import.meta.url).href)});
      console.log(takeLock(${JSON.stringify(base.dir)}, 'lock') === undefined ? 'no' : 'yes');
      process.stdin.resume();`;
    const children = Array.from({ length: 6 }, () =>
      spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: ['pipe', 'pipe', 'inherit'] }),
    );
    const answers = await Promise.all(
      children.map(async ({ stdout }) => String(((await once(stdout, 'data')) as [Buffer])[0]).trim()),
    );
    for (const child of children) child.stdin.end();
    await eventually(() => children.every(({ exitCode }) => exitCode !== null));
    expect(answers.toSorted()).toEqual(['no', 'no', 'no', 'no', 'no', 'yes']);
  });
});
