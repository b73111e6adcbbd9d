import { isSkipped } from '@groundwork/service/testing';
import { describe, expect, it } from 'vitest';
import { useDatabases } from '../support/database.ts';
import { CALLS } from '../support/dying.ts';
import { dyingWorld } from '../support/dying-world.ts';
import { missing } from '../support/slurm-cluster.ts';
import { SlurmWorld } from '../support/slurm-world.ts';

const skipped = isSkipped({ name: 'brokers that die beside Slurm', missing: missing() });

describe.skipIf(skipped).concurrent('a broker that is killed beside Slurm', () => {
  const databases = useDatabases();
  // Nothing of this load is cancelled; that has a test of its own.
  it.for([...CALLS, 'slurm.submit'])(
    'before %s, and whose successor is killed after it, runs each attempt once, loses none and leaves none',
    { timeout: 240_000 },
    async (call, context) => {
      const slurm = await SlurmWorld.make();
      const { count, ...the } = await dyingWorld(context, databases, {
        env: slurm.settings,
        engine: 'slurm',
        effects: slurm.file('effects'),
        load: { array: 12, chain: 3 },
        close: () => slurm.close(),
      });
      const elements = await the.submitLoad();
      await the.dieAround(call, '2');
      const last = await the.start();
      await the.untilAllHaveEnded(180_000);
      expect(await count(`elements WHERE state = 'succeeded'`)).toBe(elements);
      for (const one of await the.attempts()) {
        expect(one).toEqual({ cause: expect.stringMatching(/^(success|user)$/), effects: 1 });
      }
      expect(await count(`attempts WHERE cause = 'success'`)).toBe(elements);
      const kept = await count(`output WHERE bytes = convert_to(E'it was here\\n', 'UTF8')`);
      expect(kept).toBe(await count('attempts'));
      last.kill('SIGTERM');
      expect(await last.ended).toBe(0);
    },
  );
});
