import { listSetting, numberSetting, setting } from '@groundwork/service';
import { z } from 'zod';

export const SoakConfig = z.object({
  SOAK_MINUTES: setting(numberSetting({ min: 0.5, max: 10_080 }).default(10), {
    description: 'How long the load and the faults last, in minutes',
    example: '10',
  }),
  SOAK_STORE: setting(z.enum(['redis', 'memcached']).default('redis'), {
    description: 'What the instances share',
    example: 'memcached',
  }),
  SOAK_FAULTS: setting(listSetting().default([]), {
    description: 'Only these, comma-separated; all if left out',
    example: 'store dies,instance drains',
  }),
});
export type SoakConfig = z.output<typeof SoakConfig>;
