import type { ChecksumAlgorithm } from '@aws-sdk/client-s3';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Asked } from '../support/s3-gate.ts';
import { useStagingWorld } from '../support/staging-suite.ts';
import { failureOf, PARTS, someBytes, WAYS } from '../support/staging-world.ts';

const the = useStagingWorld();

const ranges = (): number => the.gate.taken().filter((asked) => asked === 'range').length;

/** What is left when all went well. */
async function expectBrought(bytes: Buffer): Promise<void> {
  expect((await the.world.brought()).equals(bytes)).toBe(true);
  expect(await the.world.files()).toEqual(['work', 'work/in']);
}

async function put(bytes = someBytes()): Promise<Buffer> {
  await the.bucket.put(the.world.key, bytes, { ChecksumAlgorithm: 'CRC32' });
  return bytes;
}

describe('a large input', () => {
  it('comes in ranges, after its size was asked', async () => {
    const bytes = await put();
    await the.world.bring();
    expect(the.gate.taken().toSorted()).toEqual(['head', ...Array<Asked>(PARTS).fill('range')]);
    await expectBrought(bytes);
  });

  it('below a prefix comes in ranges, and small ones beside it in one piece', async () => {
    const bytes = someBytes();
    await the.bucket.put(`${the.world.key}/large`, bytes);
    await the.bucket.put(`${the.world.key}/small`, 'small');
    const { placement, staging, work, never, key } = the.world;
    const inputs = [{ from: `s3://data/${key}/`, to: '.' }];
    const spec = { ...placement.spec, inputs };
    await staging.bringInputs({ ...placement, spec }, work, never);
    const taken = the.gate.taken();
    expect(taken.filter((asked) => asked === 'range')).toHaveLength(PARTS);
    expect(taken.filter((asked) => asked === 'head')).toHaveLength(1);
    expect(await the.world.files()).toEqual(['work', 'work/large', 'work/small']);
  });

  describe.each(WAYS)('interrupted by %s', (way) => {
    it.each([0, 1, 3, PARTS - 1])('after %s ranges fetches only the others', async (there) => {
      const bytes = await put();
      const held = the.gate.holdAt({ asked: 'range', after: there, of: 'request' });
      await the.world.interrupted('bringInputs', way, async () => {
        await held;
        await the.world.rangesKept(there);
      });
      expect(await the.world.files()).not.toContain('work/in');
      await the.world.bring();
      expect(ranges()).toBe(PARTS - there);
      await expectBrought(bytes);
    });
  });

  it('whose broker is killed before it gets its name fetches nothing again', async () => {
    const bytes = await put();
    expect(await the.world.dieBeforeRename()).toBe('SIGKILL');
    expect(await the.world.files()).not.toContain('work/in');
    the.gate.taken();
    await the.world.bring();
    expect(ranges()).toBe(0);
    await expectBrought(bytes);
  });

  async function stopAfterThreeRanges(): Promise<void> {
    const held = the.gate.holdAt({ asked: 'range', after: 3, of: 'request' });
    await the.world.interrupted('bringInputs', 'a stop', async () => {
      await held;
      await the.world.rangesKept(3);
    });
  }

  it('that was replaced after an interruption is fetched anew', async () => {
    await put();
    await stopAfterThreeRanges();
    const bytes = await put();
    await the.world.bring();
    expect(ranges()).toBe(PARTS);
    await expectBrought(bytes);
  });

  it('that was replaced by a small one after an interruption is fetched anew', async () => {
    await put();
    await stopAfterThreeRanges();
    await put(Buffer.from('small'));
    await the.world.bring();
    await expectBrought(Buffer.from('small'));
  });

  it('that is replaced while it is fetched is fetched anew, and never of two contents', async () => {
    await put();
    const bytes = someBytes();
    the.gate.meanwhile('range', PARTS - 1, async () => void (await put(bytes)));
    await the.world.bring();
    await expectBrought(bytes);
  });

  it('that is deleted while it is fetched is missing, and nothing of it is there', async () => {
    await put();
    the.gate.meanwhile('range', 2, () => the.bucket.remove(the.world.key));
    expect(await failureOf(the.world.bring())).toEqual({
      means: 'fatal',
      message: expect.stringMatching(/is not there .*NoSuchKey/),
    });
    expect(await the.world.files()).toEqual(['work']);
  });

  it('of which a partial file was changed is not what it was', async () => {
    const bytes = await put();
    await stopAfterThreeRanges();
    const partial = (await the.world.files()).find((name) => name.endsWith('.part')) ?? '';
    // By its checksum: of a range that is on disk nobody asks again.
    await writeFile(join(the.world.root, partial), Buffer.alloc(10), { flag: 'r+' });
    await the.world.bring();
    await expectBrought(bytes);
  });

  it.each(['2 is h', '2', '\0\0'])(
    'whose journal ends in half a line (%j) is fetched as if it were not there',
    async (half) => {
      const bytes = await put();
      await stopAfterThreeRanges();
      const journal = (await the.world.files()).find((name) => name.endsWith('.ranges')) ?? '';
      const path = join(the.world.root, journal);
      const [head = '', first = ''] = (await readFile(path, 'utf8')).split('\n');
      await writeFile(path, `${head}\n${first}\n${half}`);
      const held = the.gate.holdAt({ asked: 'range', after: 1, of: 'request' });
      await the.world.interrupted('bringInputs', 'a stop', async () => {
        await held;
        await the.world.rangesKept(2);
      });
      await the.world.bring();
      expect(ranges()).toBe(PARTS - 2);
      await expectBrought(bytes);
    },
  );

  it('for which connections break is brought all the same, by what is missing', async () => {
    const bytes = await put();
    the.gate.break('before', 'head', 'range');
    the.gate.break('after', 'range');
    await the.world.bring();
    expect(ranges()).toBe(PARTS + 2);
    await expectBrought(bytes);
  });

  it.each(['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256'] as const satisfies ChecksumAlgorithm[])(
    'of which a byte is changed on the way is fetched anew, by its %s',
    async (ChecksumAlgorithm) => {
      const bytes = someBytes();
      await the.bucket.put(the.world.key, bytes, { ChecksumAlgorithm });
      the.gate.flip('range');
      await the.world.bring();
      expect(ranges()).toBe(PARTS * 2);
      await expectBrought(bytes);
    },
  );

  it('of which a byte is changed on the way is fetched anew, by its ETag, where S3 has no checksum', async () => {
    const bytes = someBytes();
    await the.bucket.putWithoutChecksum(the.world.key, bytes);
    the.gate.flip('range');
    await the.world.bring();
    expect(ranges()).toBe(PARTS * 2);
    await expectBrought(bytes);
  });

  it('that was stored in parts is held against the checksum of the whole', async () => {
    const bytes = someBytes();
    await the.world.write(bytes);
    await the.world.store();
    the.gate.taken();
    the.gate.flip('range');
    await the.world.bring();
    expect(ranges()).toBe(PARTS * 2);
    expect((await the.world.brought()).equals(bytes)).toBe(true);
  });

  it('of which bytes are always changed is an infrastructure failure, and nothing of it is there', async () => {
    await put();
    the.gate.flip(...Array<Asked>(100).fill('range'));
    expect(await failureOf(the.world.bring())).toEqual({
      means: 'infrastructure',
      message: expect.stringMatching(/s3:\/\/data\/large-\w+ came with a checksum mismatch: its CRC32/),
    });
    expect(await the.world.files()).toEqual(['work']);
  });

  it('that is not wanted any more leaves nothing', async () => {
    await put();
    const held = the.gate.holdAt({ asked: 'range', after: 3, of: 'request' });
    const cancelling = new AbortController();
    const bringing = the.world.run('bringInputs', cancelling.signal);
    await Promise.all([expect(bringing).rejects.toThrow('aborted'), held.then(() => cancelling.abort())]);
    expect(await the.world.files()).toEqual(['work']);
  });

  it('that two brokers bring at once is brought', async () => {
    const bytes = await put();
    await Promise.all([the.world.bring(), the.world.bring(), the.world.bring()]);
    await expectBrought(bytes);
  });

  it.each([1, 2, PARTS])(
    'that one broker begins to bring when another asks for range %s is brought',
    async (nth) => {
      const bytes = await put();
      let second: Promise<void> | undefined;
      the.gate.meanwhile('range', nth, async () => void (second = the.world.bring()));
      await the.world.bring();
      await second;
      await expectBrought(bytes);
    },
  );

  it('that two brokers go on with at once is brought', async () => {
    const bytes = await put();
    await stopAfterThreeRanges();
    await Promise.all([the.world.bring(), the.world.bring()]);
    await expectBrought(bytes);
  });

  it.each(WAYS)('beside others is not fetched again when it had come before %s', async (way) => {
    const first = await put();
    const second = someBytes();
    await the.bucket.put(`${the.world.key}-b`, second, { ChecksumAlgorithm: 'CRC32' });
    the.world.addInput({ from: `s3://data/${the.world.key}-b`, to: 'b' });
    const held = the.gate.holdAt({ asked: 'range', after: PARTS + 2, of: 'request' });
    await the.world.interrupted('bringInputs', way, async () => {
      await held;
      await the.world.rangesKept(2);
    });
    await the.world.bring();
    expect(ranges()).toBe(PARTS - 2);
    expect((await the.world.brought()).equals(first)).toBe(true);
    expect(await the.world.files()).toEqual(['work', 'work/b', 'work/in']);
  });
});

describe('a large input with versions', () => {
  beforeAll(() => the.bucket.keepVersions());

  it('that is replaced while it is fetched is the version that was begun with', async () => {
    const bytes = await put();
    the.gate.meanwhile('range', PARTS - 1, async () => void (await put()));
    await the.world.bring();
    expect(ranges()).toBe(PARTS);
    await expectBrought(bytes);
  });

  it('that was replaced after an interruption is the new one', async () => {
    await put();
    const held = the.gate.holdAt({ asked: 'range', after: 3, of: 'request' });
    await the.world.interrupted('bringInputs', 'a stop', async () => {
      await held;
      await the.world.rangesKept(3);
    });
    const bytes = await put();
    await the.world.bring();
    expect(ranges()).toBe(PARTS);
    await expectBrought(bytes);
  });

  it('of which no version may be read is pinned to its ETag alone', async () => {
    const bytes = await put();
    the.gate.refuse((url) => url.includes('versionId='));
    await the.world.bring();
    await expectBrought(bytes);
  });
});
