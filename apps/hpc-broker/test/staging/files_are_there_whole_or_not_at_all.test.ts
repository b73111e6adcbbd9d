import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execFileSync } from 'node:child_process';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createStaging } from '../../src/adapters/staging/create-staging.ts';
import type { Staging, StagingFailed } from '../../src/ports/staging.ts';
import { startBucket, type Bucket } from '../support/bucket.ts';
import { placed } from '../support/local-engines.ts';
import { startTampering } from '../support/tampering.ts';

let bucket: Bucket;
let tampering: Awaited<ReturnType<typeof startTampering>>;
let staging: Staging;
let root: string;
let work: string;

beforeAll(async () => {
  bucket = await startBucket();
  tampering = await startTampering(bucket.endpoint);
  staging = createStaging(bucket.clientOf(tampering.endpoint));
});
afterAll(async () => {
  await tampering.close();
  await bucket.close();
});
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'gw-staging-'));
  work = join(root, 'work');
  await mkdir(work);
});
afterEach(async () => {
  tampering.harms.length = 0;
  bucket.faults.clear();
  await rm(root, { recursive: true });
});

const never = new AbortController().signal;
const bring = (from: string, to = 'in', signal = never): Promise<void> =>
  staging.bringInputs(placed('a', { shell: 'true', inputs: [{ from, to }] }), work, signal);
const store = (from: string, to: string): Promise<void> =>
  staging.storeOutputs(placed('a', { shell: 'true', outputs: [{ from, to }] }), work, never);
const problem = async (failing: Promise<void>): Promise<Pick<StagingFailed, 'means' | 'message'>> => {
  const { means, message } = await failing.then(
    () => Promise.reject(new Error('it was done')),
    (error: StagingFailed) => error,
  );
  return { means, message };
};
const text = (path: string): Promise<string> => readFile(join(work, path), 'utf8');

describe('an input', () => {
  it('comes from S3 byte for byte, also when there is none in it', async () => {
    const bytes = Buffer.from(Array.from({ length: 3_000_000 }, (_, at) => (at * 7_919) % 251));
    await bucket.put('whole', bytes);
    await bucket.put('empty', '');
    await bring('s3://data/whole', 'deep/down/whole');
    await bring('s3://data/empty', 'deep/');
    expect((await readFile(join(work, 'deep/down/whole'))).equals(bytes)).toBe(true);
    expect(await text('deep/empty')).toBe('');
  });

  it('may be all that is under a prefix, or in a directory', async () => {
    await bucket.put('tree/a', 'A');
    await bucket.put('tree/b/c', 'C');
    await bucket.put('tree/hollow/', '');
    await bucket.put('tree2', 'not this');
    await bring('s3://data/tree/', 'from-s3');
    expect(await readdir(join(work, 'from-s3'), { recursive: true })).toEqual(
      expect.arrayContaining(['a', 'b', 'b/c', 'hollow']),
    );
    await writeFile(join(work, 'from-s3/run.sh'), '#!/bin/sh\n', { mode: 0o755 });
    await bring(join(work, 'from-s3'), 'from-disk/');
    expect(await text('from-disk/b/c')).toBe('C');
    expect((await stat(join(work, 'from-disk/run.sh'))).mode & 0o111).not.toBe(0);
    expect((await stat(join(work, 'from-disk/hollow'))).isDirectory()).toBe(true);
  });

  it('may be more objects than S3 lists at once', async () => {
    const keys = Array.from({ length: 1_005 }, (_, at) => `many/${String(at).padStart(5, '0')}`);
    for (let at = 0; at < keys.length; at += 50) {
      await Promise.all(keys.slice(at, at + 50).map((key) => bucket.put(key, key)));
    }
    await bring('s3://data/many/', 'many');
    expect(await readdir(join(work, 'many'))).toHaveLength(1_005);
  });

  it('replaces what an earlier try has left, and leaves nothing beside it', async () => {
    await bucket.put('twice', 'new');
    await writeFile(join(work, 'in'), 'half of what is ol');
    await bring('s3://data/twice');
    await bring('s3://data/twice');
    expect(await readdir(work)).toEqual(['in']);
    expect(await text('in')).toBe('new');
  });

  it.each(['other byte', 'broken off'] as const)(
    'that arrives harmed (%s) is fetched again',
    async (harm) => {
      await bucket.put('harmed', 'x'.repeat(100_000), { ChecksumAlgorithm: 'CRC32' });
      tampering.harms.push(harm);
      await bring('s3://data/harmed');
      expect(await text('in')).toBe('x'.repeat(100_000));
    },
  );

  it('that always arrives harmed is an infrastructure failure, and nothing of it is there', async () => {
    await bucket.put('harmed', 'words', { ChecksumAlgorithm: 'CRC32' });
    tampering.harms.push(...Array<'other byte'>(10).fill('other byte'));
    expect(await problem(bring('s3://data/harmed'))).toEqual({
      means: 'infrastructure',
      message: expect.stringMatching(/s3:\/\/data\/harmed .*checksum mismatch/i),
    });
    expect(await readdir(work)).toEqual([]);
  });

  it('that S3 has no checksum of is held against its ETag', async () => {
    await bucket.putWithoutChecksum('old', 'words of 2019');
    const reads = tampering.reads();
    tampering.harms.push('other byte');
    await bring('s3://data/old');
    expect(tampering.reads() - reads).toBe(2);
    expect(await text('in')).toBe('words of 2019');
  });

  it.each([
    ['s3://data/absent', /s3:\/\/data\/absent is not there .*inputs\[0\]\.from/],
    ['s3://data/absent/', /s3:\/\/data\/absent\/ has nothing in it/],
    ['s3://no-such-bucket/x', /s3:\/\/no-such-bucket\/x is not there .*NoSuchBucket/],
    ['/nowhere/at/all', /\/nowhere\/at\/all is not there; put it there/],
    ['/dev/zero', /\/dev\/zero is neither a file nor a directory/],
  ])('%s cannot be had, for good', async (from, message) => {
    expect(await problem(bring(from))).toEqual({ means: 'fatal', message: expect.stringMatching(message) });
  });

  it('that may not be read cannot be had, for good', async () => {
    await bucket.put('secret', 'x');
    tampering.harms.push('denied');
    expect(await problem(bring('s3://data/secret'))).toEqual({
      means: 'fatal',
      message: expect.stringMatching(/s3:\/\/data\/secret is refused: allow s3:GetObject .*AccessDenied/),
    });
  });

  it('is not brought to a directory that is not there: it would be made', async () => {
    await bucket.put('any', 'x');
    await rm(work, { recursive: true });
    expect((await problem(bring('s3://data/any'))).message).toMatch(/is no directory on this machine/);
    expect(await readdir(root)).toEqual([]);
  });

  it('may be had another time when S3 is busy now', async () => {
    await bucket.put('busy', 'x');
    bucket.faults.add({ kind: 'error', operation: 's3:GetObject', times: 1 });
    await bring('s3://data/busy');
    bucket.faults.add({ kind: 'error', operation: 's3:GetObject' });
    expect(await problem(bring('s3://data/busy'))).toMatchObject({ means: 'infrastructure' });
  });

  it('that is not wanted any more is left, and nothing of it', async () => {
    await bucket.put('slow', 'x');
    bucket.faults.add({ kind: 'latency', operation: 's3:GetObject', latencyMs: 60_000 });
    await expect(bring('s3://data/slow', 'in', AbortSignal.timeout(100))).rejects.toThrow('timeout');
    expect(await readdir(work)).toEqual([]);
  });
});

describe('an output', () => {
  it('goes to S3 with a checksum, and to a path', async () => {
    await writeFile(join(work, 'out'), 'result');
    await store('out', 's3://data/results/');
    expect((await bucket.read('results/out')).toString()).toBe('result');
    expect(await bucket.checksumOf('results/out')).toMatch(/^[A-Za-z0-9+/]{6}==$/);
    await store('out', join(root, 'kept/as/this'));
    expect(await readFile(join(root, 'kept/as/this'), 'utf8')).toBe('result');
    expect(await readdir(join(root, 'kept/as'))).toEqual(['this']);
  });

  it('may be a directory with all that is in it', async () => {
    await mkdir(join(work, 'out/more'), { recursive: true });
    await writeFile(join(work, 'out/a'), 'A');
    await writeFile(join(work, 'out/more/b'), '');
    await symlink('a', join(work, 'out/again'));
    await store('out', 's3://data/dir');
    expect((await bucket.keys('dir/')).toSorted()).toEqual(['dir/a', 'dir/again', 'dir/more/b']);
  });

  it('that was not made is the fault of the job, and nothing else is stored', async () => {
    await writeFile(join(work, 'made'), 'x');
    const outputs = [
      { from: 'made', to: 's3://data/half/made' },
      { from: 'not/made', to: 's3://data/half/not' },
    ];
    const both = staging.storeOutputs(placed('a', { shell: 'true', outputs }), work, never);
    expect(await problem(both)).toEqual({
      means: 'user',
      message: expect.stringMatching(/without having made its output not\/made/),
    });
    expect(await bucket.keys('half/')).toEqual([]);
  });

  it.each([
    [
      'a link to a file elsewhere',
      () => symlink('/etc/passwd', join(work, 'out')),
      /out of the working directory, to \/etc\/passwd/,
    ],
    ['a link to the directory above', () => symlink('..', join(work, 'out')), /out of the working directory/],
    ['a link to nothing', () => symlink('nothing', join(work, 'out')), /without having made/],
    [
      'a circle',
      async () => {
        await mkdir(join(work, 'out'));
        await symlink('..', join(work, 'out/up'));
        await symlink('out', join(work, 'x'));
      },
      /leads back to a directory above it/,
    ],
    [
      'a pipe',
      () => Promise.resolve(void execFileSync('mkfifo', [join(work, 'out')])),
      /neither a file nor a directory/,
    ],
  ])('is never %s', async (_name, make, message) => {
    await make();
    expect(await problem(store('out', 's3://data/never/'))).toEqual({
      means: 'user',
      message: expect.stringMatching(message),
    });
    expect(await bucket.keys('never/')).toEqual([]);
  });

  it('that S3 was too busy for is stored by the next try', async () => {
    await writeFile(join(work, 'out'), 'x'.repeat(200_000));
    bucket.faults.add({ kind: 'throttle', operation: 's3:PutObject', times: 2 });
    await store('out', 's3://data/at-last');
    expect(await bucket.read('at-last')).toHaveLength(200_000);
  });

  it('that S3 does not take is an infrastructure failure; that has no bucket is lost for good', async () => {
    await writeFile(join(work, 'out'), 'x');
    bucket.faults.add({ kind: 'error', operation: 's3:PutObject' });
    expect(await problem(store('out', 's3://data/out'))).toEqual({
      means: 'infrastructure',
      message: expect.stringMatching(
        /^its work was done, but its output out could not be stored: s3:\/\/data\/out/,
      ),
    });
    bucket.faults.clear();
    expect(await problem(store('out', 's3://no-such-bucket/out'))).toEqual({
      means: 'fatal',
      message: expect.stringMatching(/outputs\[0\]\.to/),
    });
  });
});
