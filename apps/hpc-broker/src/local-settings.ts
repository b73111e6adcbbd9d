import { integerSetting, setting } from '@groundwork/service';
import { z } from 'zod';

/** Of the engine that runs jobs as processes of the broker's own machine. */
export const localSettings = {
  LOCAL_ENGINE: setting(z.enum(['auto', 'on', 'off']).default('auto'), {
    description: 'Whether jobs run as processes of this machine; auto: yes, except on ECS',
    example: 'on',
  }),
  LOCAL_SLOTS: setting(integerSetting({ min: 1, max: 4_096 }).optional(), {
    description: 'Cores that they may take; default all',
    example: '4',
  }),
  LOCAL_MEMORY_MIB: setting(integerSetting({ min: 16, max: 100_000_000 }).optional(), {
    description: 'Memory that they may take, in MiB; default all',
    example: '8192',
  }),
  LOCAL_GPUS: setting(integerSetting({ min: 0, max: 64 }).default(0), {
    description: 'GPUs that they may take',
    example: '1',
  }),
  LOCAL_STATE_DIR: setting(z.string().min(1).default('.groundwork/hpc-local'), {
    description: 'Folder on a disk of this machine for what runs; who comes back finds it there again',
    example: '/var/lib/groundwork/hpc',
  }),
  LOCAL_ENGINE_ON_STOP: setting(z.enum(['keep', 'cancel']).default('keep'), {
    description:
      'What becomes of what runs when the broker is stopped; kept, it goes on for LOCAL_ORPHAN_SECONDS',
    example: 'cancel',
  }),
  LOCAL_ORPHAN_SECONDS: setting(integerSetting({ min: 10, max: 86_400 }).default(300), {
    description:
      'After so long without a broker everything that runs is killed, so that others may run it again, in seconds',
    example: '300',
  }),
};

export type LocalSettings = z.output<z.ZodObject<typeof localSettings>>;
