import { isSkipped } from '@groundwork/service/testing';
import { describe, expect, it } from 'vitest';
import { DRILLS } from '../../drills/all.ts';
import { whyMissing } from '../../drills/aws-cli.ts';
import { show } from '../../drills/report.ts';
import { LIMITS, LOST_WITH_ITS_ZONE } from './limits.ts';

const awsCli = { name: 'the AWS CLI', missing: whyMissing() };

/** A client writes every five seconds (drills/clients.ts). */
const SECONDS_PER_WRITE = 5;

describe.skipIf(isSkipped(awsCli))('service comes back, and what was acknowledged is there', () => {
  it.each([...DRILLS])(
    'when %s',
    async (name, play) => {
      const report = await play();
      const seconds = LOST_WITH_ITS_ZONE[name] ?? 0;
      expect(report.lost, show(report)).toBeLessThanOrEqual(Math.ceil(seconds / SECONDS_PER_WRITE));
      expect(report.acknowledged).toBeGreaterThan(5);
      expect(report.withoutService, show(report)).toBeLessThanOrEqual(LIMITS[name] ?? 0);
    },
    180_000,
  );

  it('every limit is of a drill', () => {
    expect(Object.keys({ ...LIMITS, ...LOST_WITH_ITS_ZONE }).filter((name) => !DRILLS.has(name))).toEqual([]);
  });
});
