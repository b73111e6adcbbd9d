import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as tick } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { LocalEngine } from '../../src/adapters/local/local-engine.ts';
import { attemptName, type AttemptId } from '../../src/domain/jobs/attempt-name.ts';
import { Shipping } from '../../src/output/shipping.ts';
import type { OutputPiece } from '../../src/ports/output.ts';
import { logger } from '../support/database.ts';
import { LocalBase } from '../support/local-engines.ts';

const JOB = '00000000-0000-7000-8000-000000000000';

let base: LocalBase;
let engine: LocalEngine & { directory: { path: string } };
/** What the engine was asked for, and what came to the table: all of a statement together. */
let asked: { sizes: number; reads: number };
let statements: OutputPiece[][];
let shipping: Shipping;

beforeEach(async () => {
  base = await LocalBase.make();
  engine = await base.engine();
  asked = { sizes: 0, reads: 0 };
  statements = [];
  shipping = new Shipping({
    engine: {
      ...engine,
      outputSize: (...words) => {
        asked.sizes += 1;
        return engine.outputSize(...words);
      },
      output: (...words) => {
        asked.reads += 1;
        return engine.output(...words);
      },
    },
    log: {
      shipped: () => Promise.resolve(new Map()),
      append: (pieces) => Promise.resolve(void statements.push([...pieces])),
    },
    logger,
  });
});
afterEach(() => base.close());

/** Attempts that have left so much on their stdout. */
async function ended(count: number, stdout: string): Promise<AttemptId[]> {
  const attempts = Array.from({ length: count }, (_, element) => ({ job: JOB, element, number: 1 }));
  for (const attempt of attempts) {
    const dir = join(engine.directory.path, 'attempts', attemptName(attempt));
    await mkdir(dir, { recursive: true });
    await writeFile(join(dir, 'stdout'), stdout);
    await writeFile(join(dir, 'stderr'), '');
  }
  return attempts;
}

it('what is on its way while an attempt ends is not shipped once more', async () => {
  const [attempt] = await ended(1, 'begun');
  const taken = Promise.withResolvers<void>();
  const answer = Promise.withResolvers<void>();
  const slow = new Shipping({
    engine,
    log: {
      shipped: () => Promise.resolve(new Map()),
      async append(pieces) {
        statements.push([...pieces]);
        taken.resolve();
        if (statements.length === 1) await answer.promise;
      },
    },
    everyMs: 1,
    logger,
  });
  const stopping = new AbortController();
  slow.follow(attempt!);
  const running = slow.run(stopping.signal);
  await taken.promise;
  await ended(1, 'begun and ended');
  const finished = slow.finish([attempt!]);
  // What it would do at once, it has done by then.
  for (let turn = 0; turn < 20; turn += 1) await tick(1);
  answer.resolve();
  await finished;
  stopping.abort();
  await running;
  expect(statements.flat().map(({ from, bytes }) => [from, bytes.toString()])).toEqual([
    [0, 'begun'],
    [5, ' and ended'],
  ]);
});

describe('when attempts end', () => {
  it('without having written anything, two looks each are all that is done', async () => {
    await shipping.finish(await ended(200, ''));
    expect(asked).toEqual({ sizes: 400, reads: 0 });
    expect(statements).toEqual([]);
  });

  it('with a line each, one statement takes all', async () => {
    await shipping.finish(await ended(500, 'hello\n'));
    expect(statements.map((pieces) => pieces.length)).toEqual([500]);
    expect(asked.reads).toBe(500);
  });

  it('with much, no statement is larger than 4 MiB, and all of it comes', async () => {
    await shipping.finish(await ended(12, 'x'.repeat(1_000_000)));
    const sizes = statements.map((pieces) => pieces.reduce((sum, { bytes }) => sum + bytes.length, 0));
    expect(Math.max(...sizes)).toBeLessThanOrEqual(4 * 1_024 ** 2);
    expect(sizes.reduce((sum, size) => sum + size)).toBe(12_000_000);
  });
});
