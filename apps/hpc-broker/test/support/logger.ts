import { createLogger } from '@groundwork/service';

export const logger = createLogger({ service: 'test', level: process.env['TEST_LOG'] ?? 'fatal' });
