import { join } from 'node:path';
import { describe, expect, it, type TestContext } from 'vitest';
import { useDatabases } from './support/database.ts';
import { CALLS } from './support/dying.ts';
import { dyingWorld } from './support/dying-world.ts';
import { LocalBase } from './support/local-engines.ts';

const databases = useDatabases();

async function world(context: TestContext) {
  const base = await LocalBase.make();
  const ground = {
    env: { STATE_DIR: base.dir },
    engine: 'local',
    effects: join(base.dir, 'effects'),
    load: { array: 40, chain: 10 },
    close: () => base.close(),
  };
  return { base, ...(await dyingWorld(context, databases, ground)) };
}

describe.concurrent('a broker that is killed', () => {
  it.for(CALLS)(
    'before %s, and whose successor is killed after it, runs each attempt once, loses none and leaves none',
    { timeout: 120_000 },
    async (call, context) => {
      const { count, ...the } = await world(context);
      const elements = await the.submitLoad();
      await the.dieAround(call, '2');
      const last = await the.start();
      await the.untilAllHaveEnded(40_000);
      expect(await count(`elements WHERE state = 'succeeded'`)).toBe(elements);
      for (const one of await the.attempts()) {
        expect(one).toEqual({ cause: expect.stringMatching(/^(success|user)$/), effects: 1 });
      }
      expect(await count(`attempts WHERE cause = 'success'`)).toBe(elements);
      // Of each that wrote something it is kept, once.
      const kept = await count(`output WHERE bytes = convert_to(E'it was here\\n', 'UTF8')`);
      expect(kept).toBe(await count('attempts'));
      expect(await count(`attempts WHERE state <> 'ended'`)).toBe(0);
      last.kill('SIGTERM');
      expect(await last.ended).toBe(0);
    },
  );

  it('for good has its work done by another one, which waits until nothing of it can be alive', async (context) => {
    const { start, count, base, ...the } = await world(context);
    const elements = await the.submitLoad();
    const first = await start({ DIE_AT: 'after engine.submit', DIE_NTH: '2', LOCAL_SLOTS: '2' });
    const other = await start({ STATE_DIR: join(base.dir, 'other'), LOCAL_SLOTS: '2' });
    expect(await first.ended).toBe('SIGKILL');
    await the.untilAllHaveEnded(100_000);
    expect(await count(`elements WHERE state = 'succeeded'`)).toBe(elements);
    for (const { cause, effects } of await the.attempts()) {
      // What nobody can tell of any more may have had its effect, once.
      if (cause === 'infrastructure' || cause === 'lost') expect(effects).toBeLessThanOrEqual(1);
      else
        expect({ cause, effects }).toEqual({ cause: expect.stringMatching(/^(success|user)$/), effects: 1 });
    }
    other.kill('SIGTERM');
    expect(await other.ended).toBe(0);
  }, 120_000);
});
