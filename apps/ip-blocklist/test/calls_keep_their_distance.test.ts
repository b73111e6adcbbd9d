import { describe, expect, it } from 'vitest';
import { Gate } from '../src/enforcement/gate.ts';

const GAP_MS = 30;

describe('two calls of one operation', () => {
  it('are a gap apart from the answer to the first, however long that took', async () => {
    const gate = new Gate({ gapOf: () => GAP_MS });
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
    const gate = new Gate({ gapOf: () => 60_000 });
    const turn = (operation: string) => gate.turn(new Map([[operation, 0]]), new AbortController().signal);
    expect(await turn('UpdateIPSet')).toBe('UpdateIPSet');
    expect(await turn('UpdateRuleGroup')).toBe('UpdateRuleGroup');
  });

  it('are made in the order in which they are due, whoever asked first', async () => {
    const gate = new Gate({ gapOf: () => GAP_MS });
    const signal = new AbortController().signal;
    const order: string[] = [];
    const turn = async (name: string, due: number) => {
      await gate.turn(new Map([['UpdateIPSet', due]]), signal);
      order.push(name);
    };
    await turn('first', 0);
    await Promise.all([turn('tidying', 60_000), turn('an unban', 500), turn('a ban', 0)]);
    expect(order).toEqual(['first', 'a ban', 'an unban', 'tidying']);
  });

  it('are further apart after one was refused, until one is accepted', async () => {
    let now = 0;
    const gate = new Gate({ gapOf: () => 1_000, now: () => now });
    const isFree = async () => {
      const soon = AbortSignal.timeout(5);
      return gate.turn(new Map([['UpdateIPSet', 0]]), soon).then(
        () => true,
        () => false,
      );
    };
    expect(await isFree()).toBe(true);
    gate.refused('UpdateIPSet');
    now = 1_999;
    expect(await isFree()).toBe(false);
    now = 2_000;
    expect(await isFree()).toBe(true);
    gate.accepted('UpdateIPSet');
    now = 3_000;
    expect(await isFree()).toBe(true);
  });
});
