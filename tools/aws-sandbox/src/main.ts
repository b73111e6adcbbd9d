import { readFileSync } from 'node:fs';
import { createLifecycle, createLogger, loadConfig } from '@groundwork/service';
import { parse } from 'yaml';
import { Config } from './config.ts';
import { Resources } from './resources.ts';
import { createSandbox } from './sandbox.ts';

const config = loadConfig(Config, process);
const logger = createLogger({ service: 'aws-sandbox', level: config.LOG_LEVEL });

const sandbox = await createSandbox({
  host: config.HOST,
  port: config.PORT,
  stateDir: config.SANDBOX_STATE_DIR,
  allowedHosts: config.SANDBOX_ALLOWED_HOSTS,
  logger,
  runBatchJobs: config.BATCH_RUN === 'processes',
  ...(config.SANDBOX_RESOURCES === undefined
    ? {}
    : { resources: Resources.parse(parse(readFileSync(config.SANDBOX_RESOURCES, 'utf8'))) }),
});
const lifecycle = createLifecycle({
  components: sandbox.components,
  drainSeconds: config.DRAIN_SECONDS,
  logger,
});
await lifecycle.run(process);
