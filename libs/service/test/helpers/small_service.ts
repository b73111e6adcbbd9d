// A service of one answer: with FAIL it cannot be built.
import { z } from 'zod';
import { httpSettings, processSettings, runService } from '../../src/index.ts';

const Config = z.object({ ...processSettings, ...httpSettings(0), FAIL: z.string().optional() });
await runService('small', Config, process, ({ config }) => {
  if (config.FAIL !== undefined) throw new Error(config.FAIL);
  let state = 'not started';
  return {
    components: [{ name: 'state', start: () => void (state = 'started') }],
    listener: (_req, res) => res.end(state),
  };
});
