import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Database } from '@groundwork/database';
import { eventually } from '@groundwork/service/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { LocalEngine } from '../../src/adapters/local/local-engine.ts';
import { createOutputReader } from '../../src/adapters/postgres/output.ts';
import type { AttemptId } from '../../src/domain/jobs/attempt-name.ts';
import { followOutput } from '../../src/output/follow.ts';
import { HEAD_BYTES, ROW_BYTES } from '../../src/output/kept.ts';
import type { Stream } from '../../src/ports/engine.ts';
import type { OutputReader } from '../../src/ports/output.ts';
import { useDatabases } from '../support/database.ts';
import { endOfJob, startDispatcher, type DispatcherOptions } from '../support/dispatcher.ts';
import { job, openLedger, type Ledger } from '../support/ledger.ts';
import { LocalBase } from '../support/local-engines.ts';

const databases = useDatabases();
let database: Database<unknown>;
let ledger: Ledger;
let base: LocalBase;
let reader: OutputReader;
const stops: (() => Promise<void>)[] = [];

beforeEach(async () => {
  database = await databases.open();
  reader = createOutputReader(database.db);
  ledger = openLedger(database);
  base = await LocalBase.make();
});
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
  await base.close();
});

async function dispatch(options: DispatcherOptions = {}, engine?: LocalEngine) {
  const used = engine ?? (await base.engine({ slots: 4 }));
  const dispatcher = await startDispatcher(database, used, options);
  stops.push(dispatcher.stop);
  return dispatcher;
}

/** A job of one script; resolves to its id. */
async function submit(shell: string, words: Parameters<typeof job>[0] = {}): Promise<string> {
  const { a = '' } = await ledger.submit(job({ command: undefined, shell, ...words }));
  return a;
}
const first = (id: string): AttemptId => ({ job: id, element: 0, number: 1 });

/** All that is kept of a stream, as a reader gets it who reads on. */
async function all(attempt: AttemptId, stream: Stream = 'stdout', maxBytes = 100_000) {
  const parts: { from: number; bytes: Buffer }[] = [];
  for (let next = 0; ;) {
    const part = (await reader.read(attempt, stream, next, maxBytes))!;
    if (part.bytes.length === 0) return { parts, end: part.end, isComplete: part.isComplete };
    const last = parts.at(-1);
    if (last !== undefined && last.from + last.bytes.length === part.from) {
      last.bytes = Buffer.concat([last.bytes, part.bytes]);
    } else parts.push({ from: part.from, bytes: part.bytes });
    next = part.from + part.bytes.length;
  }
}
const rows = async (): Promise<number> =>
  (await database.pool.query('SELECT count(*)::integer AS n FROM output')).rows[0].n;

describe('what an attempt writes', () => {
  it('is read by whoever has the database, while it runs and when it has ended', async () => {
    const { bell } = await dispatch();
    const id = await submit(
      `echo one; echo oops >&2; while [ ! -e ${base.dir}/go ]; do sleep 0.02; done; echo two`,
    );
    bell.tell();
    const begun = await eventually(async () => {
      const part = await reader.read(first(id), 'stdout', 0, 100);
      return part?.bytes.length === 4 && part;
    });
    expect(begun).toEqual({ from: 0, bytes: Buffer.from('one\n'), end: 4, isComplete: false });
    expect(await reader.read(first(id), 'stderr', 0, 100)).toMatchObject({ bytes: Buffer.from('oops\n') });
    await writeFile(join(base.dir, 'go'), '');
    await endOfJob(ledger, id);
    expect(await reader.read(first(id), 'stdout', 2, 100)).toEqual({
      from: 2,
      bytes: Buffer.from('e\ntwo\n'),
      end: 8,
      isComplete: true,
    });
    expect(await reader.read(first(id), 'stdout', 8, 100)).toMatchObject({ from: 8, bytes: Buffer.alloc(0) });
  });

  it('is byte for byte what it was, whatever the bytes are', async () => {
    const { bell } = await dispatch();
    const id = await submit(
      String.raw`i=0; while [ $i -lt 256 ]; do printf "\\$(printf %03o $i)"; i=$((i+1)); done`,
    );
    bell.tell();
    await endOfJob(ledger, id);
    expect((await all(first(id))).parts).toEqual([
      { from: 0, bytes: Buffer.from(Array.from({ length: 256 }, (_, at) => at)) },
    ]);
  });

  it('is kept as it began and as it ended, when it is much; a reader is told of the gap', async () => {
    const keepBytes = 200_000;
    const { bell } = await dispatch({ keepBytes });
    // Seven digits and a newline, so that each line is at eight times its number.
    const id = await submit('seq -w 0 9999999 | head -n 400000');
    bell.tell();
    await endOfJob(ledger, id);
    const { parts, end, isComplete } = await all(first(id));
    expect({ end, isComplete, parts: parts.length }).toEqual({ end: 3_200_000, isComplete: true, parts: 2 });
    const [head, tail] = parts;
    expect(head).toMatchObject({ from: 0, bytes: { length: HEAD_BYTES } });
    expect(tail!.from + tail!.bytes.length).toBe(3_200_000);
    expect(tail!.bytes.length).toBeGreaterThanOrEqual(keepBytes);
    expect(tail!.bytes.length).toBeLessThan(keepBytes + ROW_BYTES);
    for (const { from, bytes } of parts) {
      for (const at of [from, from + bytes.length - 8]) {
        const start = Math.ceil(at / 8) * 8;
        if (start + 8 > from + bytes.length) continue;
        expect(bytes.toString('latin1', start - from, start - from + 8)).toBe(
          `${String(start / 8).padStart(7, '0')}\n`,
        );
      }
    }
  });

  it('goes on being bounded while it runs', async () => {
    const keepBytes = 100_000;
    const { bell } = await dispatch({ keepBytes });
    const id = await submit('while :; do seq -w 0 9999999 | head -n 20000; sleep 0.1; done');
    bell.tell();
    const most = await eventually(async () => {
      const { rows: found } = await database.pool.query<{ kept: number; end: number }>(
        `SELECT sum(length(bytes))::integer AS kept, max("from" + length(bytes)) AS end FROM output`,
      );
      return found[0]!.end > 1_000_000 && found[0]!.kept;
    });
    expect(most).toBeLessThan(HEAD_BYTES + keepBytes + ROW_BYTES);
    expect((await reader.read(first(id), 'stdout', 0, 10))!.isComplete).toBe(false);
  });

  it('is nothing to the database when it is nothing', async () => {
    const { bell } = await dispatch();
    const id = await submit('true', { array: { size: 50 } });
    bell.tell();
    await endOfJob(ledger, id);
    expect(await rows()).toBe(0);
    expect(await reader.read(first(id), 'stdout', 0, 100)).toEqual({
      from: 0,
      bytes: Buffer.alloc(0),
      end: 0,
      isComplete: true,
    });
  });

  it('of every element is there when its end is', async () => {
    const { bell } = await dispatch();
    const id = await submit('echo $GROUNDWORK_ARRAY_INDEX', { array: { size: 100 } });
    bell.tell();
    await endOfJob(ledger, id);
    for (let element = 0; element < 100; element += 1) {
      const part = await reader.read({ ...first(id), element }, 'stdout', 0, 100);
      expect(part).toMatchObject({ bytes: Buffer.from(`${element}\n`), isComplete: true });
    }
  });

  it('is neither twice nor missing when another process takes over', async () => {
    const engine = await base.engine();
    const before = await dispatch({}, engine);
    const id = await submit('i=0; while [ $i -lt 400 ]; do echo $i; i=$((i+1)); sleep 0.005; done');
    before.bell.tell();
    await eventually(async () => (await rows()) > 0);
    await before.stop();
    await dispatch({}, engine);
    await endOfJob(ledger, id);
    const { parts } = await all(first(id));
    expect(parts.map(({ bytes }) => bytes.toString())).toEqual([
      Array.from({ length: 400 }, (_, at) => `${at}\n`).join(''),
    ]);
  });

  it('is neither twice nor missing when the database took it and its answer was lost', async () => {
    let answers = 0;
    const { bell } = await dispatch({
      through: (log) => ({
        ...log,
        async append(pieces) {
          await log.append(pieces);
          answers += 1;
          if (answers === 1) throw new Error('the answer was lost');
        },
      }),
    });
    const id = await submit('i=0; while [ $i -lt 200 ]; do echo $i; i=$((i+1)); sleep 0.005; done');
    bell.tell();
    await endOfJob(ledger, id);
    const { parts } = await all(first(id));
    expect(parts.map(({ bytes }) => bytes.toString())).toEqual([
      Array.from({ length: 200 }, (_, at) => `${at}\n`).join(''),
    ]);
    expect(answers).toBeGreaterThan(1);
  });

  it('goes with its job', async () => {
    const { bell } = await dispatch();
    const id = await submit('echo hello');
    bell.tell();
    await endOfJob(ledger, id);
    await database.pool.query('DELETE FROM jobs');
    expect(await rows()).toBe(0);
    expect(await reader.read(first(id), 'stdout', 0, 100)).toBeUndefined();
  });

  it('is of the latest attempt, unless another one is asked for', async () => {
    const { bell } = await dispatch();
    const id = await submit('echo $GROUNDWORK_ATTEMPT; test $GROUNDWORK_ATTEMPT = 2', {
      retries: { user: 1, backoffSeconds: 0 },
    });
    expect(await reader.latestAttempt(id, 0)).toBeUndefined();
    bell.tell();
    await endOfJob(ledger, id);
    const latest = (await reader.latestAttempt(id, 0))!;
    expect(latest.number).toBe(2);
    expect((await reader.read(latest, 'stdout', 0, 9))!.bytes.toString()).toBe('2\n');
    expect((await reader.read(first(id), 'stdout', 0, 9))!.bytes.toString()).toBe('1\n');
  });
});

describe('who follows an attempt', () => {
  it('is told of both streams as they come, and is done when it has ended', async () => {
    const { bell } = await dispatch();
    const id = await submit(
      `echo one; echo oops >&2; while [ ! -e ${base.dir}/go ]; do sleep 0.02; done; echo two`,
    );
    bell.tell();
    await eventually(async () => (await rows()) === 2);
    const told: string[] = [];
    const { signal } = new AbortController();
    for await (const { stream, from, bytes } of followOutput(reader, first(id), { signal, everyMs: 20 })) {
      told.push(`${stream} ${from} ${bytes.toString()}`);
      if (told.length === 2) await writeFile(join(base.dir, 'go'), '');
    }
    expect(told).toEqual(['stdout 0 one\n', 'stderr 0 oops\n', 'stdout 4 two\n']);
    expect(await ledger.elements(id)).toEqual(['succeeded']);
  });

  it('may begin where they were before, with one stream, and leave', async () => {
    const { bell } = await dispatch();
    const id = await submit('echo one; echo oops >&2; sleep 1000');
    bell.tell();
    await eventually(async () => (await rows()) === 2);
    const leaving = new AbortController();
    const told: string[] = [];
    const following = followOutput(reader, first(id), { signal: leaving.signal, from: { stdout: 2 } });
    for await (const { stream, bytes } of following) {
      told.push(`${stream} ${bytes.toString()}`);
      leaving.abort();
    }
    expect(told).toEqual(['stdout e\n']);
  });

  it('of what nobody has heard of is told nothing', async () => {
    const { signal } = new AbortController();
    const nobody = first('00000000-0000-7000-8000-000000000000');
    for await (const part of followOutput(reader, nobody, { signal })) expect(part).toBeUndefined();
    expect(await reader.read(nobody, 'stdout', 0, 1)).toBeUndefined();
  });
});
