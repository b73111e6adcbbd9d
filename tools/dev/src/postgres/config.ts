import { portSetting, processSettings, setting } from '@groundwork/service';
import { z } from 'zod';

export const Config = z.object({
  ...processSettings,
  POSTGRES_PORT: setting(portSetting().default(54320), {
    description: 'Port to listen on',
    example: '54320',
  }),
  POSTGRES_DATA_DIR: setting(z.string().default('.groundwork/postgres'), {
    description: 'Folder of the database cluster',
    example: '.groundwork/postgres',
  }),
});
