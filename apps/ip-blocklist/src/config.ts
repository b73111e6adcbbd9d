import { databaseSettings } from '@groundwork/database';
import {
  authSettings,
  checkAuthSettings,
  httpSettings,
  listSetting,
  processSettings,
  setting,
} from '@groundwork/service';
import { z } from 'zod';
import { parseProtectedRange } from './domain/protected-ranges.ts';

export const Config = z
  .object({
    ...processSettings,
    ...httpSettings(3001),
    ...authSettings,
    ...databaseSettings,
    PROTECTED_RANGES: setting(listSetting().default([]), {
      description:
        'Addresses that no block may cover unless it is forced, comma-separated, with or without a name',
      example: 'office=203.0.113.0/24,2001:db8::/48',
    }),
  })
  .superRefine((config, ctx) => {
    checkAuthSettings(config, ctx);
    for (const text of config.PROTECTED_RANGES) {
      try {
        parseProtectedRange(text);
      } catch (error) {
        ctx.addIssue({ code: 'custom', path: ['PROTECTED_RANGES'], message: (error as Error).message });
      }
    }
  });
