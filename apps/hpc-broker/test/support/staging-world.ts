import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { S3Client } from '@aws-sdk/client-s3';
import { eventually } from '@groundwork/service/testing';
import { createStaging } from '../../src/adapters/staging/create-staging.ts';
import { Interrupted, type StagingFailed } from '../../src/ports/staging.ts';
import type { Bucket } from './bucket.ts';
import { placed } from './local-engines.ts';
import type { Gate } from './s3-gate.ts';
import { startStagingProcess } from './staging-process.ts';

export const PART_BYTES = 32 * 1_024;
/** The last part is a short one. */
export const PARTS = 6;

export const someBytes = (): Buffer => randomBytes(PART_BYTES * (PARTS - 1) + 1_000);

/** How a broker is interrupted: it is killed, or it stops. */
export type Way = 'kill -9' | 'a stop';
export const WAYS: readonly Way[] = ['kill -9', 'a stop'];

/** One attempt with one large file, at a gate to S3. */
export async function stagingWorld(bucket: Bucket, gate: Gate, s3: S3Client) {
  const root = await mkdtemp(join(tmpdir(), 'gw-resume-'));
  const work = join(root, 'work');
  await mkdir(work);
  const staging = createStaging(s3, { partBytes: PART_BYTES });
  const key = `large-${randomBytes(4).toString('hex')}`;
  const spec = {
    inputs: [{ from: `s3://data/${key}`, to: 'in' }],
    outputs: [{ from: 'out', to: `s3://data/${key}` }],
  };
  let placement = placed('a', { shell: 'true', ...spec });
  const task = { endpoint: gate.endpoint, partBytes: PART_BYTES, name: 'a', directory: work, spec };
  const never = new AbortController().signal;
  const run = (what: 'bringInputs' | 'storeOutputs', signal = never): Promise<void> =>
    staging[what](placement, work, signal);

  /** Begins, and is interrupted as soon as that is so. */
  async function interrupted(
    what: 'bringInputs' | 'storeOutputs',
    way: Way,
    isSo: () => Promise<unknown>,
  ): Promise<void> {
    if (way === 'kill -9') {
      const child = startStagingProcess({ ...task, what });
      await isSo();
      await child.kill();
    } else {
      const stopping = new AbortController();
      const running = run(what, stopping.signal).then(
        () => 'done',
        () => 'stopped',
      );
      await isSo();
      stopping.abort(new Interrupted('a test stops it'));
      if ((await running) !== 'stopped') throw new Error('it was done before it was stopped');
    }
    gate.open();
    gate.taken();
  }

  return {
    root,
    work,
    key,
    staging,
    placement,
    never,
    run,
    interrupted,
    addInput(input: { from: string; to: string }): void {
      spec.inputs.push(input);
      placement = placed('a', { shell: 'true', ...spec });
    },
    bring: () => run('bringInputs'),
    store: () => run('storeOutputs'),
    abandon: () => staging.abandonOutputs(placement, work, never),
    /** A process that is killed just before it gives the file its name. */
    dieBeforeRename: () =>
      startStagingProcess({ ...task, what: 'bringInputs', diesBeforeRename: true }).ended,
    write: (bytes: Buffer) => writeFile(join(work, 'out'), bytes),
    brought: () => readFile(join(work, 'in')),
    stored: () => bucket.read(key),
    /** All that is there, the work directory itself included. */
    files: async () => (await readdir(root, { recursive: true })).toSorted(),
    /** Resolves when S3 has so many parts of the one upload that is open. */
    partsStored: (count: number) => eventually(async () => (await bucket.partsOf(key)).length === count),
    /** Resolves when so many ranges are on disk, by the journal. */
    rangesKept: (count: number) =>
      eventually(async () => {
        const journals = (await readdir(work)).filter((name) => name.endsWith('.ranges'));
        const texts = await Promise.all(journals.map((name) => readFile(join(work, name), 'utf8')));
        return texts.some((text) => (text.match(/ is here$/gm) ?? []).length === count);
      }),
    close: () => rm(root, { recursive: true }),
  };
}

export type StagingWorld = Awaited<ReturnType<typeof stagingWorld>>;

export async function failureOf(failing: Promise<void>): Promise<Pick<StagingFailed, 'means' | 'message'>> {
  const { means, message } = await failing.then(
    () => Promise.reject(new Error('it was done')),
    (error: StagingFailed) => error,
  );
  return { means, message };
}
