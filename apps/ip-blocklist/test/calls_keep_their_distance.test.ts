import { describe, expect, it } from 'vitest';
import { Gate } from '../src/enforcement/gate.ts';

const GAP_MS = 30;

describe('two calls of one operation', () => {
  it('are a gap apart from the answer to the first, however long that took', async () => {
    const gate = new Gate({ gapMs: GAP_MS });
    const turn = () => gate.turn(new Map([['UpdateIPSet', 0]]), new AbortController().signal);
    await turn();
    const second = turn();
    const answered = performance.now() + 2 * GAP_MS;
    while (performance.now() < answered) {
      // The call, and AWS counts it just before it answers.
    }
    gate.accepted('UpdateIPSet');
    await second;
    // Timers of Node may be up to 1 ms early.
    expect(performance.now() - answered).toBeGreaterThanOrEqual(GAP_MS - 1);
  });

  it('do not keep another operation waiting', async () => {
    const gate = new Gate({ gapMs: 60_000 });
    const turn = (operation: string) => gate.turn(new Map([[operation, 0]]), new AbortController().signal);
    expect(await turn('UpdateIPSet')).toBe('UpdateIPSet');
    expect(await turn('UpdateRuleGroup')).toBe('UpdateRuleGroup');
  });
});
