import { describe, expect, it } from 'vitest';
import type { EngineOffer } from '../../src/domain/planner/settings.ts';
import { answerFor, BATCH, LOCAL, planFor } from './support.ts';

const DRAINED: EngineOffer['away'] = [{ reason: 'drained by ann' }];
const NO_SPOT: EngineOffer['away'] = [{ purchase: 'spot', reason: 'no machines' }];
const away = (engine: EngineOffer, how: EngineOffer['away']): EngineOffer => ({ ...engine, away: how! });

describe('A plan', () => {
  it('goes where something begins, though it costs more there', () => {
    expect(planFor({}).chosen.engine.name).toBe('local');
    const plan = planFor({}, [away(LOCAL, DRAINED), BATCH]);
    expect(plan.chosen.engine.name).toBe('batch');
    expect(plan.others).toContainEqual(
      expect.objectContaining({ code: 'nothing_begins_there', message: 'local: drained by ann' }),
    );
  });

  it('takes the next way of buying where there are no machines of one', () => {
    expect(planFor({}, [BATCH]).chosen.purchase).toBe('spot');
    expect(planFor({}, [away(BATCH, NO_SPOT)]).chosen.purchase).toBe('on-demand');
  });

  it('waits where nothing else can run it, and says so', () => {
    for (const job of [
      { engine: 'batch', purchase: 'spot' },
      { resources: { cores: 64 }, purchase: 'spot' },
    ]) {
      const plan = planFor(job, [LOCAL, away(BATCH, NO_SPOT)]);
      expect(plan.chosen).toMatchObject({ engine: { name: 'batch' }, purchase: 'spot' });
      expect(plan.warnings).toContainEqual(
        expect.objectContaining({
          code: 'nothing_begins_there',
          message: expect.stringContaining('it waits there'),
        }),
      );
    }
  });

  it('waits as well where all else is too dear', () => {
    const dear = planFor({ resources: { cores: 16 } }, [away(BATCH, NO_SPOT)]).chosen.cost.likely;
    const job = { resources: { cores: 16 }, maxCostUsd: dear * 0.9 };
    expect(planFor(job, [away(BATCH, NO_SPOT)]).chosen.purchase).toBe('spot');
  });

  it('is refused for what is wrong with the job, whatever is away', () => {
    expect(answerFor({ engine: 'nowhere' }, [away(LOCAL, DRAINED)])).toMatchObject({
      refused: [{ code: 'no_engine' }],
    });
  });
});
