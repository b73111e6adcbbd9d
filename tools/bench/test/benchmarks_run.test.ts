import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url));
/** As small as it gets: what is measured means nothing then, and limits may be broken. */
const TINY = { BENCH_MEGAPIXELS: '0.2', BENCH_ROUNDS: '1', BENCH_IMAGES: '20' };

let scratch: string;
beforeEach(() => {
  scratch = mkdtempSync(join(tmpdir(), 'bench-test-'));
  // Run by root, Postgres runs as another user, who must get to its folder.
  chmodSync(scratch, 0o711);
});
afterEach(() => rmSync(scratch, { recursive: true, force: true }));

function bench(args: readonly string[], env: Record<string, string> = {}) {
  return spawnSync(process.execPath, [MAIN, ...args], {
    encoding: 'utf8',
    env: { ...TINY, TMPDIR: scratch, ...env },
    timeout: 100_000,
  });
}

it('the thumbnailer against others: a table for each original and ladder, and verdicts', () => {
  const { status, stdout, stderr } = bench(['thumbnailer']);
  expect([0, 1], stderr).toContain(status);
  expect(stdout).toContain('Originals: generated noise and gradients');
  expect(stdout).toContain('imgproxy: not measured: set IMGPROXY_BIN');
  for (const ladder of ['400/300/200/100', '1600/800/400/200']) {
    expect(stdout).toContain(`516 × 387 to ${ladder}, each as WebP and JPEG`);
  }
  for (const contender of ['service', 'hand-written cascade', 'one pipeline per output']) {
    const row = new RegExp(
      `^\\| ${contender} +\\| +\\d+ \\| +\\d+\\.\\d\\d \\| +\\d+ \\| +[01]\\.\\d{4} \\| +[01]\\.\\d{4} \\|$`,
      'gm',
    );
    expect(stdout.match(row)).toHaveLength(2);
  }
  expect(stdout).toMatch(/^service \/ hand-written cascade = \d+\.\d\d \(at most 1\.10\)/m);
  expect(stdout).toMatch(
    /^service \/ one pipeline per output = \d+\.\d\d \(at most 0\.50 on the small ladder\)/m,
  );
  expect(status === 1).toBe(stdout.includes('BROKEN'));
  expect(readdirSync(scratch)).toEqual([]);
}, 60_000);

it('the memory of the thumbnailer: its peak, and how much that grew', () => {
  const { status, stdout, stderr } = bench(['thumbnailer-memory'], { BENCH_MEGAPIXELS: '0.15' });
  expect([0, 1], stderr).toContain(status);
  expect(stdout).toContain('20 images out of 60 different ones, 2 at a time, MALLOC_ARENA_MAX=2');
  expect(stdout).toMatch(/^Peak of resident memory: \d+ MB \(at most 600 MB\)/m);
  expect(stdout).toMatch(/^Growth of the peak over the second half: \d+ MB, \d+\.\d % \(at most 5 %\)/m);
  expect(stdout).toMatch(
    /^Resident between images, median: \d+ MB in the first half, \d+ MB in the second$/m,
  );
  expect(status === 1).toBe(stdout.includes('BROKEN'));
  expect(readdirSync(scratch)).toEqual([]);
}, 60_000);

it('ranges of addresses: a line for each figure, with its limit', () => {
  const { status, stdout, stderr } = bench(['ip-ranges'], { BENCH_ENTRIES: '1000' });
  expect([0, 1], stderr).toContain(status);
  expect(stdout).toContain('Feed: a generated list like ipsum (set BENCH_DATA to a folder with ipsum.txt;');
  expect(stdout).toMatch(
    /^\| parse and merge 1000 random lines, whole process.*(at most 1 ×|iprange is not installed)/m,
  );
  for (const figure of [
    'merge the feed',
    'parse IPv4',
    'parse IPv6',
    'look up IPv4',
    'look up IPv6',
    'fit the 14217',
  ]) {
    expect(stdout).toMatch(new RegExp(`^\\| ${figure}.*\\d.*at (most|least) [\\d.]+`, 'm'));
  }
  expect(status === 1).toBe(stdout.includes('BROKEN'));
  expect(readdirSync(scratch)).toEqual([]);
}, 60_000);

it('the blocklist from a list to IP sets: every address enforced, and no call too many', () => {
  const { status, stdout, stderr } = bench(['ip-blocklist'], { BENCH_ENTRIES: '300' });
  expect([0, 1], stderr).toContain(status);
  expect(stdout).toContain('Feed: a generated list of 300 addresses (set BENCH_DATA');
  for (const figure of ['addresses taken', 'coverage: listed', 'coverage: enforced']) {
    expect(stdout).toMatch(new RegExp(`^\\| ${figure} +\\| +300 \\| +exactly 300 \\|$`, 'm'));
  }
  expect(stdout).toMatch(/^\| what the IP sets hold is the list +\| +true \|/m);
  expect(stdout).toMatch(/^\| writes for one more ban +\| +UpdateIPSet \|/m);
  expect(stdout).toMatch(/^\| 3 bad lines, each reported with its number +\| +true \|/m);
  expect(status === 1).toBe(stdout.includes('BROKEN'));
  expect(readdirSync(scratch)).toEqual([]);
}, 120_000);

it('the broker from a submission to the end of a job: what each part costs, and what it is held against', () => {
  const { status, stdout, stderr } = bench(['hpc-broker'], { BENCH_ENTRIES: '100' });
  expect([0, 1], stderr).toContain(status);
  for (const way of ['submit, 8 at a time', 'submit in bulk']) {
    expect(stdout).toMatch(new RegExp(`^\\| ${way}: broker, per job +\\| +\\d+\\.\\d\\d ms of CPU \\|`, 'm'));
    expect(stdout).toMatch(
      new RegExp(`^\\| ${way}: rate +\\| +\\d+/s \\| +goal when idle: \\d+/s \\|$`, 'm'),
    );
  }
  expect(stdout).toMatch(/^\| submit to start, p50 of 100 +\| +\d+ ms \|/m);
  for (const what of ['array', 'single jobs', 'spawner alone', 'xargs -n1 -P2 true']) {
    expect(stdout).toMatch(new RegExp(`^\\| ${what}: rate +\\| +\\d+/s \\|`, 'm'));
  }
  for (const what of ['rate of an array,', 'rate of single jobs,']) {
    expect(stdout).toMatch(
      new RegExp(`^\\| ${what} to the spawner alone +\\| +\\d+\\.\\d\\d × \\| +at least 0.6 ×`, 'm'),
    );
  }
  expect(stdout).toMatch(/^\| broker and spawner with 1 MB of heap, to without +\|.* × \| +at most 1.1 ×/m);
  expect(stdout).toMatch(/^\| Postgres with \d+ rows of history, to without +\|.* × \| +at most 1.1 ×/m);
  expect(status === 1).toBe(stdout.includes('BROKEN'));
  expect(readdirSync(scratch)).toEqual([]);
}, 120_000);

it('says which benchmarks there are, and what stops one', () => {
  expect(bench([])).toMatchObject({
    status: 2,
    stderr:
      'Say which one: npm run bench -- cache-api, hit-ratios, hpc-broker, ip-blocklist, ip-ranges, thumbnailer, thumbnailer-memory\n',
  });
  expect(bench(['typo']).stderr).toContain('There is no typo: npm run bench -- cache-api');
  const noPhotos = bench(['thumbnailer'], { BENCH_DATA: scratch });
  expect(noPhotos.status).toBe(2);
  expect(noPhotos.stderr).toContain(`There are no .jpg files in BENCH_DATA=`);
  const noBinary = bench(['thumbnailer'], { IMGPROXY_BIN: '/nowhere/imgproxy' });
  expect(noBinary.status).toBe(2);
  expect(noBinary.stderr).toContain('IMGPROXY_BIN=/nowhere/imgproxy cannot be started');
  expect(readdirSync(scratch)).toEqual([]);
}, 60_000);
