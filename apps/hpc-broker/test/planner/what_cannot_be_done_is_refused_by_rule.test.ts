import { describe, expect, it } from 'vitest';
import { answerFor, BATCH, CLUSTER, LOCAL, planFor, refusedFor } from './support.ts';

describe('A job in a container', () => {
  const contained = { image: 'python:3.14' };

  it('is refused where no engine runs containers, rather than run without one', () => {
    expect(refusedFor(contained, [LOCAL])).toEqual(['no_containers']);
    expect(refusedFor(contained, [CLUSTER])).toContain('no_containers');
    expect(answerFor(contained, [LOCAL])).toMatchObject({
      refused: [{ message: expect.stringMatching(/^local runs no containers.*leave image out/) }],
    });
  });

  it('goes to AWS Batch, also where the machine itself would be free of charge', () => {
    const { chosen, others } = planFor(contained, [LOCAL, BATCH, CLUSTER]);
    expect(chosen.engine.kind).toBe('batch');
    expect(others).toContainEqual(expect.objectContaining({ code: 'no_containers' }));
    expect(planFor({}, [LOCAL, BATCH]).chosen.engine.kind).toBe('local');
  });
});

it('A plan without a choice says that there was none', () => {
  expect(planFor({}, [LOCAL]).why[0]).toBe('local: the only way that works; 1 place was looked at.');
  expect(planFor({}, [LOCAL, { ...LOCAL, name: 'other' }]).why[0]).toBe(
    'local: the cheapest of 2 ways that work; 2 places were looked at.',
  );
});
