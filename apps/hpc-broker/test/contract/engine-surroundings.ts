import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { eventually } from '@groundwork/service/testing';
import type { Suite } from '@groundwork/service/testing/contract';
import { describe, expect } from 'vitest';
import { endOf, OK, placementOf, ran, textOf, type EnginePlace } from './engine-place.ts';

/** What an attempt finds around it, and what it leaves. */
export const describeSurroundings: Suite<EnginePlace> = (test) => {
  describe('an attempt', () => {
    test('gets the environment that was said, and nothing of the broker', async (place) => {
      const environment = { MODEL: 'big one', EMPTY: '', LINES: 'a\nb' };
      const spec = { command: ['env', '-0'], environment, resources: { cores: 1 } };
      expect(await ran(place, placementOf('a', spec))).toEqual({ by: 'exit', code: 0 });
      const got = Object.fromEntries(
        (await textOf(place.engine, 'a'))
          .split('\0')
          .filter((line) => line.trim() !== '' && !place.addsVariables.test(line))
          .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
      );
      const ours = ['ATTEMPT', 'CORES', 'ELEMENT', 'JOB_ID', 'SCRATCH'].map((name) => `GROUNDWORK_${name}`);
      const usual = ['HOME', 'LANG', 'LOGNAME', 'PATH', 'TMPDIR', 'USER'];
      expect(Object.keys(got).toSorted()).toEqual(
        [...Object.keys(environment), ...ours, ...usual].toSorted(),
      );
      expect(got).toMatchObject({
        ...environment,
        GROUNDWORK_JOB_ID: 'job-of-a',
        GROUNDWORK_ELEMENT: '0',
        GROUNDWORK_ATTEMPT: '1',
        GROUNDWORK_CORES: '1',
      });
    });

    test('of an array knows its index', async (place) => {
      const spec = { shell: 'echo "$GROUNDWORK_ARRAY_INDEX of $GROUNDWORK_JOB_ID"', array: { size: 3 } };
      const elements = [0, 1, 2].map((element) => placementOf(`a${element}`, spec, element));
      for (const [index, element] of elements.entries()) {
        await ran(place, element);
        expect(await textOf(place.engine, element.name)).toBe(`${index} of job-of-a${index}\n`);
      }
    });

    test('gets its words as they are', async (place) => {
      const words = ['', ' ', '*', '$HOME', '`id`', "it's", '"', 'a\nb', '\\', '-n', 'ü🦊', '; exit 3'];
      await ran(place, placementOf('a', { command: ['printf', '%s\\0', ...words] }));
      expect((await textOf(place.engine, 'a')).split('\0').slice(0, -1)).toEqual(words);
    });

    test('reads nothing from its standard input', async (place) => {
      expect(await ran(place, placementOf('a', { shell: 'cat; exit 4' }))).toEqual({ by: 'exit', code: 4 });
      expect(await textOf(place.engine, 'a')).toBe('');
    });

    test('has an empty directory of its own to work in', async (place) => {
      const shell =
        'ls -A; [ "$PWD" = "$GROUNDWORK_SCRATCH" ] && echo file >file && [ -d "$TMPDIR" ] && [ -w "$TMPDIR" ]';
      for (const name of ['a', 'b']) {
        expect(await ran(place, placementOf(name, { shell }))).toEqual({ by: 'exit', code: 0 });
        expect(await textOf(place.engine, name)).toBe('');
      }
    });

    test('works in the directory that was said', async (place) => {
      const workingDirectory = join(place.dir, 'a directory');
      await mkdir(workingDirectory);
      await ran(place, placementOf('a', { command: ['pwd', '-P'], workingDirectory }));
      expect((await textOf(place.engine, 'a')).trimEnd().endsWith('/a directory')).toBe(true);
    });

    test('finds its inputs and leaves its outputs where the engine says', async (place) => {
      if (place.engine.workingDirectory === undefined) return;
      const job = placementOf('a', { shell: 'tr a-z A-Z <input >output' });
      const dir = await place.engine.workingDirectory(job);
      await writeFile(join(dir, 'input'), 'hello');
      expect(await place.engine.workingDirectory(job)).toBe(dir);
      expect(await place.engine.look(['a'])).toEqual(new Map());
      expect(await ran(place, job)).toEqual({ by: 'exit', code: 0 });
      expect(await readFile(join(dir, 'output'), 'utf8')).toBe('HELLO');
      await place.engine.forget(['a']);
      await expect(readFile(join(dir, 'output'))).rejects.toThrow('ENOENT');
    });

    test('over several nodes is started as its ranks, also where there are fewer cores', async (place) => {
      if (!place.has.mpi) return;
      const spec = {
        shell: 'echo "$OMPI_COMM_WORLD_RANK of $OMPI_COMM_WORLD_SIZE"',
        mpi: { nodes: 2, ranksPerNode: 2 },
      };
      expect(await ran(place, placementOf('a', spec)), await textOf(place.engine, 'a', 'stderr')).toEqual({
        by: 'exit',
        code: 0,
      });
      expect((await textOf(place.engine, 'a')).split('\n').toSorted()).toEqual([
        '',
        '0 of 4',
        '1 of 4',
        '2 of 4',
        '3 of 4',
      ]);
    });
  });

  describe('output', () => {
    test('is read by range, of both streams, byte for byte', async (place) => {
      if (!place.has.exactOutput) return;
      await ran(place, placementOf('a', { shell: String.raw`printf '\000\377abc\n'; printf err >&2` }));
      const read = (from: number, most: number) => place.engine.output('a', 'stdout', from, most);
      expect(await read(0, 100)).toEqual(Buffer.from([0, 255, 97, 98, 99, 10]));
      expect(await read(1, 2)).toEqual(Buffer.from([255, 97]));
      expect(await read(4, 100)).toEqual(Buffer.from('c\n'));
      expect(await read(6, 100)).toEqual(Buffer.alloc(0));
      expect(await read(600, 100)).toEqual(Buffer.alloc(0));
      expect(await textOf(place.engine, 'a', 'stderr')).toBe('err');
    });

    test('of text is read by range, and again', async (place) => {
      await ran(place, placementOf('a', { shell: String.raw`printf 'one\ntwo\n'; echo drei ü` }));
      const read = async (from: number, most: number): Promise<string | undefined> =>
        (await place.engine.output('a', 'stdout', from, most))?.toString();
      await eventually(async () => (await read(0, 100)) === 'one\ntwo\ndrei ü\n', {
        withinMs: place.withinMs,
      });
      expect(await read(4, 4)).toBe('two\n');
      expect(await read(8, 100)).toBe('drei ü\n');
      expect(await read(2, 3)).toBe('e\nt');
      expect(await read(16, 100)).toBe('');
    });

    test('of what nobody has heard of is none', async (place) => {
      expect(await place.engine.output('a', 'stdout', 0, 10)).toBeUndefined();
    });
  });

  describe('capacity', () => {
    test('goes down by what runs, and comes back', async (place) => {
      const { cores, nodeCores } = place;
      expect(place.engine.capacity()).toMatchObject({ cores, freeCores: cores, closed: undefined });
      const spec = { command: ['sleep', '1000'], resources: { cores: nodeCores } };
      const filling = Array.from({ length: cores / nodeCores }, (_, at) => placementOf(`a${at}`, spec));
      expect(await place.engine.submit(filling)).toEqual(filling.map(() => OK));
      expect(place.engine.capacity().freeCores).toBe(0);
      const next = placementOf('b', { shell: 'exit 0' });
      expect(await place.engine.submit([next])).toMatchObject([{ accepted: false, forGood: false }]);
      expect(await place.engine.look(['b'])).toEqual(new Map());
      await place.engine.cancel(filling.map(({ name }) => name));
      for (const { name } of filling) await endOf(place, name);
      await ran(place, next);
      expect(place.engine.capacity().freeCores).toBe(cores);
    });

    test('that is not there at all is refused for good', async (place) => {
      const spec = { shell: 'exit 0', resources: { cores: place.nodeCores + 1 } };
      const [receipt] = await place.engine.submit([placementOf('a', spec)]);
      expect(receipt).toMatchObject({ accepted: false, forGood: true });
    });
  });
};
