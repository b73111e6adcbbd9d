import { AbortMultipartUploadCommand } from '@aws-sdk/client-s3';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createS3Store } from '../../src/adapters/staging/s3-store.ts';
import type { Asked } from '../support/s3-gate.ts';
import { useStagingWorld } from '../support/staging-suite.ts';
import { failureOf, PART_BYTES, PARTS, someBytes, WAYS } from '../support/staging-world.ts';

const the = useStagingWorld();

const count = (taken: readonly Asked[], asked: Asked): number => taken.filter((one) => one === asked).length;

/** What is left when all went well. */
async function expectStored(bytes: Buffer): Promise<void> {
  expect((await the.world.stored()).equals(bytes)).toBe(true);
  expect(await the.bucket.openUploads()).toEqual([]);
  expect(await the.world.files()).toEqual(['work', 'work/out']);
}

describe('a large output', () => {
  it('is stored in parts, with the checksum of the whole', async () => {
    const bytes = someBytes();
    await the.world.write(bytes);
    await the.world.store();
    const taken = the.gate.taken();
    expect(taken.toSorted()).toEqual(['begin', 'complete', ...Array<Asked>(PARTS).fill('part')]);
    expect(await the.bucket.checksumOf(the.world.key)).toMatch(/^[A-Za-z0-9+/]{6}==$/);
    await expectStored(bytes);
  });

  it('of one part exactly is stored in one piece, and a byte more in two', async () => {
    await the.world.write(Buffer.alloc(PART_BYTES, 1));
    await the.world.store();
    expect(the.gate.taken()).toEqual(['put']);
    await the.world.write(Buffer.alloc(PART_BYTES + 1, 1));
    await the.world.store();
    expect(count(the.gate.taken(), 'part')).toBe(2);
    await expectStored(Buffer.alloc(PART_BYTES + 1, 1));
  });

  describe.each(WAYS)('interrupted by %s', (way) => {
    it.each([
      ['before it was begun', { asked: 'begin', after: 0, of: 'request' }, PARTS, 1],
      ['after it was begun, before anybody knew', { asked: 'begin', after: 0, of: 'answer' }, PARTS, 1],
      ['before its first part', { asked: 'part', after: 0, of: 'request' }, PARTS, 0],
      ['before it was completed', { asked: 'complete', after: 0, of: 'request' }, 0, 0],
      ['after it was completed, before anybody knew', { asked: 'complete', after: 0, of: 'answer' }, 0, 0],
    ] as const)('%s goes on there', async (_when, hold, parts, begins) => {
      const bytes = someBytes();
      await the.world.write(bytes);
      const held = the.gate.holdAt(hold);
      await the.world.interrupted('storeOutputs', way, () => held);
      await the.world.store();
      const taken = the.gate.taken();
      expect({ parts: count(taken, 'part'), begins: count(taken, 'begin') }).toEqual({ parts, begins });
      await expectStored(bytes);
    });

    it.each([1, 3, PARTS - 1])('after %s parts sends only the others', async (there) => {
      const bytes = someBytes();
      await the.world.write(bytes);
      const held = the.gate.holdAt({ asked: 'part', after: there, of: 'request' });
      await the.world.interrupted('storeOutputs', way, async () => {
        await held;
        await the.world.partsStored(there);
      });
      await the.world.store();
      const taken = the.gate.taken();
      expect({ parts: count(taken, 'part'), begins: count(taken, 'begin') }).toEqual({
        parts: PARTS - there,
        begins: 0,
      });
      await expectStored(bytes);
    });
  });

  async function stopAfterThreeParts(): Promise<void> {
    const held = the.gate.holdAt({ asked: 'part', after: 3, of: 'request' });
    await the.world.interrupted('storeOutputs', 'a stop', async () => {
      await held;
      await the.world.partsStored(3);
    });
  }

  it('that was written to after an interruption is sent anew, and what was there is given up', async () => {
    await the.world.write(someBytes());
    await stopAfterThreeParts();
    const bytes = someBytes();
    await the.world.write(bytes);
    await the.world.store();
    expect(count(the.gate.taken(), 'part')).toBe(PARTS);
    await expectStored(bytes);
  });

  it('that is written to while it is sent is sent anew, as it is then', async () => {
    await the.world.write(someBytes());
    const bytes = someBytes();
    the.gate.meanwhile('part', PARTS, () => the.world.write(bytes));
    await the.world.store();
    await expectStored(bytes);
  });

  it('that is cut short while it is sent is sent anew, as it is then', async () => {
    const bytes = someBytes();
    await the.world.write(bytes);
    const shorter = bytes.subarray(0, PART_BYTES * 2);
    the.gate.meanwhile('part', 1, () => the.world.write(shorter));
    await the.world.store();
    await expectStored(shorter);
  });

  it('whose upload is gone is sent anew', async () => {
    const bytes = someBytes();
    await the.world.write(bytes);
    await stopAfterThreeParts();
    const [UploadId] = await the.bucket.openUploads();
    const gone = { Bucket: 'data', Key: the.world.key, UploadId };
    await the.bucket.s3.send(new AbortMultipartUploadCommand(gone));
    await the.world.store();
    const taken = the.gate.taken();
    expect({ parts: count(taken, 'part'), begins: count(taken, 'begin') }).toEqual({
      parts: PARTS,
      begins: 1,
    });
    await expectStored(bytes);
  });

  it.each([
    ['before', 'begin'],
    ['after', 'begin'],
    ['before', 'part'],
    ['after', 'part'],
    ['before', 'complete'],
    ['after', 'complete'],
  ] as const)(
    'for which the connection breaks %s S3 has done what was asked (%s) is stored all the same',
    async (when, asked) => {
      const bytes = someBytes();
      await the.world.write(bytes);
      the.gate.break(when, asked);
      await the.world.store();
      expect(count(the.gate.taken(), 'part')).toBe(PARTS + (asked === 'part' ? 1 : 0));
      await expectStored(bytes);
    },
  );

  it('of which a byte is changed on the way has that part sent again', async () => {
    const bytes = someBytes();
    await the.world.write(bytes);
    the.gate.flip('part');
    await the.world.store();
    expect(count(the.gate.taken(), 'part')).toBe(PARTS + 1);
    await expectStored(bytes);
  });

  it('of which bytes are always changed is never stored, and is an infrastructure failure', async () => {
    await the.world.write(someBytes());
    the.gate.flip(...Array<Asked>(100).fill('part'));
    expect(await failureOf(the.world.store())).toEqual({
      means: 'infrastructure',
      message: expect.stringMatching(/could not be stored: s3:\/\/data\/large-\w+ .*BadDigest/),
    });
    expect(await the.bucket.keys(the.world.key)).toEqual([]);
    the.gate.open();
    await the.world.abandon();
    expect(await the.bucket.openUploads()).toEqual([]);
    expect(await the.world.files()).toEqual(['work', 'work/out']);
  });

  it('that will not be stored leaves nothing open once it is abandoned', async () => {
    await the.world.write(someBytes());
    await stopAfterThreeParts();
    expect(await the.bucket.openUploads()).toHaveLength(1);
    await the.world.abandon();
    await the.world.abandon();
    expect(await the.bucket.openUploads()).toEqual([]);
    expect(await the.bucket.keys(the.world.key)).toEqual([]);
    expect(await the.world.files()).toEqual(['work', 'work/out']);
  });

  it('abandoned before anybody knew its upload leaves none open either', async () => {
    await the.world.write(someBytes());
    const held = the.gate.holdAt({ asked: 'begin', after: 0, of: 'answer' });
    await the.world.interrupted('storeOutputs', 'kill -9', () => held);
    expect(await the.bucket.openUploads()).toHaveLength(1);
    await the.world.abandon();
    expect(await the.bucket.openUploads()).toEqual([]);
  });

  it('of another attempt to the same place is not taken for an own one', async () => {
    await the.world.write(someBytes());
    await stopAfterThreeParts();
    const [other] = await the.bucket.openUploads();
    const bytes = someBytes();
    await mkdir(join(the.world.root, 'next'));
    await writeFile(join(the.world.root, 'next/out'), bytes);
    const { staging, placement, never } = the.world;
    await staging.storeOutputs({ ...placement, name: 'b' }, join(the.world.root, 'next'), never);
    expect((await the.world.stored()).equals(bytes)).toBe(true);
    expect(await the.bucket.openUploads()).toEqual([other]);
    await the.world.abandon();
  });

  it('of which nothing can be remembered is stored too, and leaves nothing open when it is interrupted', async () => {
    const bytes = someBytes();
    await the.world.write(bytes);
    const store = createS3Store(the.bucket.clientOf(the.gate.endpoint), { partBytes: PART_BYTES });
    const stopping = new AbortController();
    const put = (signal: AbortSignal): Promise<void> =>
      store.put(join(the.world.work, 'out'), `s3://data/${the.world.key}`, { attempt: 'a', signal });
    const held = the.gate.holdAt({ asked: 'part', after: 3, of: 'request' });
    await Promise.all([
      expect(put(stopping.signal)).rejects.toThrow('aborted'),
      held.then(() => stopping.abort()),
    ]);
    the.gate.open();
    expect(await the.bucket.openUploads()).toEqual([]);
    await put(the.world.never);
    await expectStored(bytes);
  });

  it('that two brokers store at once is stored, and nothing is left open', async () => {
    const bytes = someBytes();
    await the.world.write(bytes);
    await Promise.all([the.world.store(), the.world.store(), the.world.store()]);
    await expectStored(bytes);
  });

  it('that one broker begins to store when another is nearly done is stored, whenever that is', async () => {
    for (const asked of ['begin', 'part', 'complete'] as const) {
      const bytes = someBytes();
      await the.world.write(bytes);
      let second: Promise<void> | undefined;
      the.gate.meanwhile(asked, 1, async () => void (second = the.world.store()));
      await the.world.store();
      await second;
      await expectStored(bytes);
    }
  });

  it('that two brokers go on with at once is stored, and nothing is left open', async () => {
    const bytes = someBytes();
    await the.world.write(bytes);
    await stopAfterThreeParts();
    await Promise.all([the.world.store(), the.world.store()]);
    await expectStored(bytes);
  });
});
