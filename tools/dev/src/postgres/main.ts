import { createLifecycle, createLogger, loadConfig } from '@groundwork/service';
import { Config } from './config.ts';
import { createEmbeddedPostgres } from './embedded.ts';

const config = loadConfig(Config, process);
const logger = createLogger({ service: 'postgres', level: config.LOG_LEVEL });
const postgres = createEmbeddedPostgres({
  dataDir: config.POSTGRES_DATA_DIR,
  port: config.POSTGRES_PORT,
  logger,
});
const announce = {
  name: 'announcement',
  start: () => logger.info(`listening on 127.0.0.1:${config.POSTGRES_PORT}`),
};
const lifecycle = createLifecycle({
  components: [postgres, announce],
  drainSeconds: config.DRAIN_SECONDS,
  logger,
});
await lifecycle.run(process);
