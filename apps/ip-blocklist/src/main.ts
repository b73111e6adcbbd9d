import { createDatabase } from '@groundwork/database';
import { awsSettingsOf, createAuthenticate, loadText, runService } from '@groundwork/service';
import type { Tables } from './adapters/tables.ts';
import { compose } from './compose.ts';
import { Config } from './config.ts';
import { parseLogRules } from './domain/access-logs/rule-file.ts';
import { parseFeeds } from './domain/feeds/feed-file.ts';
import { parseTargets } from './domain/target-file/target-file.ts';
import { createBlocklistApp } from './http/app.ts';

await runService('ip-blocklist', Config, process, async ({ config, logger, registry }) => {
  const aws = awsSettingsOf(config);
  const load = async <T>(
    name: 'TARGETS' | 'FEEDS' | 'LOG_RULES',
    parse: (yaml: string) => T[],
  ): Promise<T[]> =>
    (await loadText({ name, from: config[name], inline: config[`${name}_YAML`] }, aws, parse)) ?? [];
  const { components, readiness, routes } = compose({
    config,
    targets: await load('TARGETS', (yaml) => parseTargets(yaml, config.AWS_REGION)),
    feeds: await load('FEEDS', parseFeeds),
    logRules: await load('LOG_RULES', parseLogRules),
    database: createDatabase<Tables>(config, logger),
    registry,
    logger,
  });
  const listener = createBlocklistApp({
    ...routes,
    logger,
    registry,
    readiness,
    authenticate: createAuthenticate(config),
    trustedProxyHops: config.TRUSTED_PROXY_HOPS,
  });
  return { components, listener };
});
