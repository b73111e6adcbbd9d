import { createDatabase } from '@groundwork/database';
import { awsSettingsOf, createAuthenticate, loadText, runService } from '@groundwork/service';
import { readCatalogue } from './catalogue/read.ts';
import { compose } from './compose.ts';
import { Config } from './config.ts';
import { parseProjects, projectRules } from './domain/sharing/project-file.ts';
import { folderOf } from './folder-of.ts';
import { createBrokerApp } from './http/app.ts';

await runService('hpc-broker', Config, process, async ({ config, logger, registry }) => {
  const { PROJECTS: from, PROJECTS_YAML: inline } = config;
  const projects = await loadText({ name: 'PROJECTS', from, inline }, awsSettingsOf(config), parseProjects);
  const isOnEcs = process.env['ECS_CONTAINER_METADATA_URI_V4'] !== undefined;
  const { components, readiness, routes } = compose({
    config,
    catalogue: await readCatalogue(folderOf('catalogue', import.meta.url), config.PLAN_REGION),
    rulesOf: projectRules(projects ?? { projects: [] }),
    programs: (engine) => folderOf(engine, import.meta.url),
    hasLocalEngine: config.LOCAL_ENGINE === 'on' || (config.LOCAL_ENGINE === 'auto' && !isOnEcs),
    database: createDatabase<unknown>(config, logger),
    registry,
    logger,
  });
  const listener = createBrokerApp({
    ...routes,
    logger,
    registry,
    readiness,
    authenticate: createAuthenticate(config),
    trustedProxyHops: config.TRUSTED_PROXY_HOPS,
  });
  return { components, listener };
});
