import { CreateBucketCommand, PutBucketVersioningCommand } from '@aws-sdk/client-s3';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parsePresets } from '../src/domain/preset-file.ts';
import type { HandleParts } from '../src/domain/handle-change.ts';
import { historiesAreTrue } from './model/history.ts';
import { manifestFirst, noFence, noGeneration, noTombstone } from './model/sabotage.ts';
import { textRenderer, type Sabotage } from './model/world.ts';
import { startStack, type Stack } from './support/stack.ts';

/** `npm run soak` runs 10,000. */
const RUNS = Number(process.env['MODEL_RUNS'] ?? 40);
/** After so many at the latest a planted bug has to show. */
const RUNS_TO_FIND = Number(process.env['MODEL_RUNS_TO_FIND'] ?? 2_000);
/** Finds the rarest of them after a few, where chance takes a hundred; a soak leaves it to chance. */
const SEED_OF_FINDS = process.env['MODEL_RUNS'] === undefined ? { seed: 1_282_393_380 } : {};

let stack: Stack;
let parts: HandleParts;
beforeAll(async () => {
  stack = await startStack();
  await stack.s3.send(new CreateBucketCommand({ Bucket: 'versioned' }));
  await stack.s3.send(
    new PutBucketVersioningCommand({ Bucket: 'versioned', VersioningConfiguration: { Status: 'Enabled' } }),
  );
  const presets = parsePresets('presets: [{ name: a, width: 1, height: 1, formats: [webp, avif] }]');
  parts = { ...stack.parts, renderer: textRenderer, recipe: { presets, encoder: 'text', limits: [] } };
});
afterAll(() => stack.close());

it(
  `readers never see a mixture, and the end is the truth: ${RUNS} histories`,
  async () => {
    const began = Date.now();
    let count = 0;
    const property = historiesAreTrue(stack, parts).afterEach(() => {
      count += 1;
      if (count % 500 === 0)
        console.error(`${count} histories, ${Math.round((Date.now() - began) / 1000)} s`);
    });
    await fc.assert(property, { numRuns: RUNS });
  },
  RUNS * 3_000,
);

describe('the same histories find a bug that is put in on purpose', () => {
  it.each([
    ['the swap has no fence', noFence],
    ['a deleted object leaves no tombstone', (all, ref) => noTombstone(stack.s3)(all, ref)],
    ['the manifest is written before the images', manifestFirst],
    ['images are collected without a new generation', noGeneration],
  ] as [string, Sabotage][])(
    '%s',
    async (_name, sabotage) => {
      const result = await fc.check(historiesAreTrue(stack, parts, sabotage), {
        ...SEED_OF_FINDS,
        numRuns: RUNS_TO_FIND,
        endOnFailure: true,
      });
      expect(result.failed).toBe(true);
      console.error(`found after ${result.numRuns} histories: ${(result.errorInstance as Error).message}`);
    },
    600_000,
  );
});
