import { describe, expect, it } from 'vitest';
import { plan } from '../../src/domain/planner/plan.ts';
import type { EngineOffer } from '../../src/domain/planner/settings.ts';
import { BATCH, catalogue, job, LOCAL, settings } from './support.ts';

const TERABYTE = 1_000_000_000_000;

function warningsOf(input: object, engines: readonly EngineOffer[] = [BATCH], now = '2026-11-23T12:00:00Z') {
  const answer = plan(job(input), catalogue, { ...settings(engines), now: new Date(now) });
  if ('refused' in answer) throw new Error(JSON.stringify(answer.refused));
  return new Map(answer.warnings.map(({ code, message }) => [code, message]));
}

describe('A plan warns', () => {
  it('of prices that are older than half a year, and of no others', () => {
    const input = { purchase: 'on-demand' };
    expect(warningsOf(input, [BATCH], '2027-01-16T00:00:00Z').has('old_price')).toBe(false);
    expect(warningsOf(input, [BATCH], '2027-01-17T00:00:00Z').get('old_price')).toMatch(
      /181 days old \(2026-07-20\)/,
    );
  });

  it('that a cap may end it before it is done', () => {
    const input = { walltimeSeconds: 7_200, workSeconds: 3_600, maxCostUsd: 0.2, purchase: 'on-demand' };
    expect(warningsOf(input).get('cap_may_end_it')).toMatch(
      /every retry.*starts no attempt that could break it/,
    );
    expect(warningsOf({ ...input, maxCostUsd: 100 }).has('cap_may_end_it')).toBe(false);
  });

  it('that a line is not known, and of small files', () => {
    const dataset = { bytes: TERABYTE, files: 100_000_000, at: 'on-premises', directConnect: true };
    const warnings = warningsOf({ dataset });
    expect(warnings.get('uplink_unknown')).toContain('dataset.uplinkMbps');
    expect(warnings.get('small_files')).toContain('10,000 bytes each');
    expect([...warningsOf({ dataset: { ...dataset, at: 'aws' } }).keys()]).not.toContain('small_files');
  });

  it('that data in AWS may have to leave it for machines of its own', () => {
    const dataset = { bytes: 1_024 * 2 ** 30, at: 'aws' };
    expect(warningsOf({ dataset }, [LOCAL]).get('data_leaves_aws')).toContain('up to 92.16 USD');
    expect(warningsOf({ dataset }, [BATCH]).has('data_leaves_aws')).toBe(false);
  });

  it('that a task brings the data in another way than is planned, and of nothing where it is by DataSync', () => {
    const dataset = { bytes: TERABYTE, at: 'on-premises', uplinkMbps: 1_000, task: 'lab-to-s3' };
    const ofTask = (more: object, engine: EngineOffer) =>
      warningsOf({ dataset: { ...dataset, ...more } }, [engine]).get('task_not_planned');
    expect(ofTask({}, BATCH)).toMatch(
      /until the DataSync task lab-to-s3 .* the plan has upload, and not DataSync/,
    );
    expect(ofTask({}, LOCAL)).toMatch(
      /the plan has no way for the data, as local is taken to be where it is/,
    );
    expect(ofTask({ task: undefined }, BATCH)).toBeUndefined();
    // Of so much, and by such a line, DataSync is the quickest.
    const much = { objective: 'fastest', dataset: { ...dataset, bytes: 200 * TERABYTE, uplinkMbps: 10_000 } };
    expect(warningsOf(much).has('task_not_planned')).toBe(false);
  });

  it('of checkpoints that Spot does not wait for, and of none at all', () => {
    const spot = { purchase: 'spot', walltimeSeconds: 3_600 };
    expect(warningsOf(spot).has('spot_without_checkpoint')).toBe(true);
    const slow = { ...spot, checkpoint: { costSeconds: 300, graceSeconds: 600 } };
    expect(warningsOf(slow).get('checkpoint_too_slow')).toContain('120 s of notice');
    const quick = { ...spot, checkpoint: { costSeconds: 20 } };
    expect([...warningsOf(quick).keys()]).toEqual(['spot_open_band']);
  });
});
