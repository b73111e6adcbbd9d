import { createLogger } from '@groundwork/service';

export const logger = createLogger({ service: 'test', level: 'fatal' });
