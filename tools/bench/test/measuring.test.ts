import { describe, expect, it } from 'vitest';
import type { Plane } from '../src/benchmark.ts';
import { cpuMs, statCpuMs } from '../src/cpu.ts';
import { median } from '../src/median.ts';
import { verdicts, type Result } from '../src/report.ts';
import { shuffled } from '../src/shuffle.ts';
import { ssim } from '../src/ssim.ts';
import { table } from '../src/table.ts';

function plane(width: number, height: number, value: (x: number, y: number) => number): Plane {
  const data = Uint8Array.from({ length: width * height }, (_, i) => value(i % width, Math.floor(i / width)));
  return { width, height, data };
}

describe('SSIM', () => {
  const waves = plane(60, 41, (x, y) => 128 + 90 * Math.sin(x / 4) * Math.cos(y / 5));

  it('is 1 for identical pictures, however small', () => {
    expect(ssim(waves, waves)).toBeCloseTo(1, 12);
    const dot = plane(1, 1, () => 7);
    expect(ssim(dot, dot)).toBeCloseTo(1, 12);
  });

  it('falls with every loss, and hardly with brightness', () => {
    const grain = (amount: number) =>
      plane(60, 41, (x, y) => (waves.data[y * 60 + x] ?? 0) + (((x * 7 + y * 13) % 5) - 2) * amount);
    const brighter = plane(60, 41, (x, y) => (waves.data[y * 60 + x] ?? 0) + 4);
    expect(ssim(waves, grain(2))).toBeLessThan(ssim(waves, brighter));
    expect(ssim(waves, grain(8))).toBeLessThan(ssim(waves, grain(2)));
    expect(
      ssim(
        waves,
        plane(60, 41, () => 128),
      ),
    ).toBeLessThan(0.2);
  });

  it('refuses pictures of different sizes', () => {
    expect(() =>
      ssim(
        waves,
        plane(60, 40, () => 0),
      ),
    ).toThrow('60×41 and 60×40 cannot be compared');
  });
});

it('a table is Markdown with its numbers to the right', () => {
  const rows = [
    ['service', '64'],
    ['by hand', '1064'],
  ];
  expect(table(['', 'ms'], rows)).toBe(
    ['|         |   ms |', '| ------- | ---: |', '| service |   64 |', '| by hand | 1064 |'].join('\n'),
  );
});

it('the median is in the middle', () => {
  expect(median([9, 1, 2])).toBe(2);
  expect(median([9, 1, 2, 4])).toBe(3);
});

it('CPU time is that of all threads of a process', () => {
  // proc_pid_stat(5): utime 250 and stime 50, in ticks of 10 ms; the name has spaces and a bracket.
  expect(statCpuMs('42 (img) proxy x) S 1 42 42 0 -1 4194560 1 2 3 4 250 50 0 0 20 0')).toBe(3_000);
  const before = cpuMs();
  let sum = 0;
  for (let i = 0; i < 1e6; i += 1) sum += Math.sqrt(i);
  expect(sum).toBeGreaterThan(0);
  expect(cpuMs()).toBeGreaterThan(before);
});

it('an order is shuffled, complete, and the same for the same seed', () => {
  const values = Array.from({ length: 50 }, (_, i) => i);
  expect(shuffled(values, 1)).toEqual(shuffled(values, 1));
  expect(shuffled(values, 1)).not.toEqual(shuffled(values, 2));
  expect(shuffled(values, 1).toSorted((a, b) => a - b)).toEqual(values);
});

describe('a limit', () => {
  const easy = { name: 'easy', about: '', original: '', detail: 0 };
  const hard = { name: 'hard', about: '', original: '', detail: 0 };
  const results: Result[] = [
    { input: easy, contender: 'ours', cpuMs: [10], outputs: [] },
    { input: easy, contender: 'theirs', cpuMs: [10], outputs: [] },
    { input: hard, contender: 'ours', cpuMs: [30], outputs: [] },
    { input: hard, contender: 'theirs', cpuMs: [20], outputs: [] },
  ];

  it('holds or breaks by its worst case', () => {
    expect(verdicts([{ contender: 'theirs', atMost: 1.6 }], results).held).toBe(true);
    expect(verdicts([{ contender: 'theirs', atMost: 1.1 }], results)).toEqual({
      held: false,
      lines: ['ours / theirs = 1.50 (at most 1.10) BROKEN, worst with hard'],
    });
  });

  it('looks only at the cases it covers, and at who was measured', () => {
    const onEasy = {
      contender: 'theirs',
      atMost: 1.1,
      covers: (one: unknown) => one === easy,
      where: 'here',
    };
    expect(verdicts([onEasy], results).lines).toEqual([
      'ours / theirs = 1.00 (at most 1.10 here), worst with easy',
    ]);
    expect(verdicts([{ contender: 'absent', atMost: 1 }], results)).toEqual({ held: true, lines: [] });
  });
});
