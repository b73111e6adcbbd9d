import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { AttemptId } from '../../src/domain/jobs/attempt-name.ts';
import { readGrown } from '../../src/output/read-grown.ts';
import type { Shipped } from '../../src/ports/output.ts';
import type { Engine } from '../../src/ports/engine.ts';

const MOST_BYTES = 4 * 1_024 ** 2;

describe('An engine that cannot tell how much an attempt wrote', () => {
  it('has all of it read, also where most attempts wrote little and some a lot', async () => {
    const attempts: AttemptId[] = Array.from({ length: 100 }, () => ({
      job: randomUUID(),
      element: 0,
      number: 1,
    }));
    const wrote = new Map(
      attempts.map(({ job }, at) => [`${job}-0-1`, Buffer.alloc(at % 30 === 0 ? 3_000_000 : 3, 'x')]),
    );
    const engine = {
      output: (name: string, stream: string, from: number, most: number) =>
        Promise.resolve(stream === 'stdout' ? wrote.get(name)?.subarray(from, from + most) : undefined),
    } as Pick<Engine, 'output'> as Engine;
    const shipped = new Map<string, Shipped>();
    for (let turn = 0; turn < 100; turn += 1) {
      const { growths, isAll } = await readGrown(engine, attempts, {
        shippedOf: (name) => shipped.get(name),
        keepBytes: 10_000_000,
        mostBytes: MOST_BYTES,
      });
      for (const { attempt, next } of growths) shipped.set(`${attempt.job}-0-1`, { stdout: next, stderr: 0 });
      if (isAll) break;
    }
    expect([...wrote].map(([name, bytes]) => bytes.length - (shipped.get(name)?.stdout ?? 0))).toEqual(
      attempts.map(() => 0),
    );
  });
});
