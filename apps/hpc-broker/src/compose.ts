import { S3Client } from '@aws-sdk/client-s3';
import { IDEMPOTENCY_KEYS, LEASES, migrate, migrationsOf, type Database } from '@groundwork/database';
import {
  awsSettingsOf,
  createAwsClient,
  type Component,
  type Logger,
  type Registry,
} from '@groundwork/service';
import { createOutputReader } from './adapters/postgres/output.ts';
import { createWake } from './adapters/postgres/wake.ts';
import { createStaging, MIB } from './adapters/staging/create-staging.ts';
import type { Around, EngineParts } from './compose-engine.ts';
import { composeBatch } from './compose-batch.ts';
import { composeDataSync } from './compose-datasync.ts';
import { composeLocal } from './compose-local.ts';
import { composeSlurm } from './compose-slurm.ts';
import type { Config } from './config.ts';
import { Bells } from './dispatch/bell.ts';
import type { Catalogue } from './domain/catalogue/catalogue.ts';
import type { ProjectRules } from './domain/sharing/project-file.ts';
import { createForgetting } from './forgetting.ts';
import { createMetrics } from './metrics.ts';
import { createJobIds } from './job-ids.ts';
import { createOffers } from './offers.ts';
import { createPlanning } from './planning.ts';
import { composeQueues } from './queue/compose.ts';
import { createRoom } from './room.ts';
import { submit, type SubmitParts } from './submit.ts';
import { createCalibrating } from './watch/calibrating.ts';
import { createWatch } from './watch/compose.ts';

/** A beat, what lies between SIGTERM and SIGKILL, and the work of both. */
const KILLING_SECONDS = 15;

export interface ComposeOptions {
  config: Config;
  catalogue: Catalogue;
  rulesOf: (project: string) => ProjectRules;
  /** Whether jobs run as processes of this machine. */
  hasLocalEngine: boolean;
  /** Folders of the programs that engines run. */
  programs: (engine: 'slurm' | 'batch') => URL;
  database: Database<unknown>;
  registry: Registry;
  logger: Logger;
  around?: Around;
}

/** Everything between a submission and the engine that runs it. */
export function compose(options: ComposeOptions) {
  const { config, catalogue, rulesOf, database, registry, logger } = options;
  const { db } = database;
  const aws = awsSettingsOf(config);
  const ttlSeconds = config.LEASE_SECONDS;
  const metrics = createMetrics(registry);
  const bells = new Bells();
  const wake = createWake({ pool: database.pool, onWake: bells.tell, logger });
  const staging = createStaging(createAwsClient(S3Client, aws), {
    partBytes: config.STAGING_PART_MIB * MIB,
  });
  const engineParts = (): EngineParts => ({
    db,
    bell: bells.add(),
    rulesOf,
    staging: {
      staging,
      atOnce: config.STAGED_AT_ONCE,
      seconds: config.STAGING_SECONDS,
    },
    keepBytes: config.OUTPUT_KEEP_BYTES,
    ttlSeconds,
    metrics,
    logger,
    around: options.around ?? ((_port, own) => own),
  });
  const local = options.hasLocalEngine ? composeLocal(config, engineParts()) : undefined;
  const slurm = composeSlurm(config, engineParts(), options.programs('slurm'));
  const batch = composeBatch(config, aws, engineParts(), options.programs('batch'));
  const offers = createOffers({
    db,
    own: local === undefined ? [] : [local.offer],
    failoverSeconds: config.FAILOVER_SECONDS,
    logger,
  });
  const calibrating = createCalibrating({ db, ttlSeconds, logger });
  const planning = createPlanning({
    catalogue,
    region: config.PLAN_REGION,
    engines: offers.engines,
    calibration: calibrating.book,
    now: () => new Date(),
  });
  const room = createRoom({ db, rulesOf, maxQueued: config.MAX_QUEUED });
  const submitting: SubmitParts = {
    db,
    newId: createJobIds(),
    planning,
    datasetTasks: config.DATASYNC_TASKS,
    checkRoom: (project, elements) => room.check(project, elements),
    tell: () => wake.tell(),
  };
  const queues = composeQueues({
    config,
    aws,
    db,
    submit: (submission, from) => submit(submitting, submission, from),
    ttlSeconds,
    registry,
    logger,
  });
  const stopping = new AbortController();
  const components: Component[] = [
    database.component,
    {
      name: 'migrations',
      start: () =>
        migrate(
          database.pool,
          { folder: migrationsOf(import.meta.url), shared: [LEASES, IDEMPOTENCY_KEYS] },
          logger,
        ),
    },
    wake,
    ...calibrating.components,
    offers,
    room,
    createWatch({
      db,
      rulesOf,
      marginSeconds: ttlSeconds + KILLING_SECONDS,
      moving: {
        planning,
        failoverSeconds: config.FAILOVER_SECONDS,
        coolOffSeconds: config.COOL_OFF_SECONDS,
      },
      tell: () => wake.tell(),
      ttlSeconds,
      logger,
    }),
    createForgetting({ db, days: config.HISTORY_DAYS, ttlSeconds, logger }),
    ...(local?.components ?? []),
    ...slurm,
    ...batch,
    composeDataSync(config, {
      db,
      aws,
      tell: () => wake.tell(),
      ttlSeconds,
      logger,
      around: options.around ?? ((_port, own) => own),
    }),
    ...queues.components,
    { name: 'followers', stop: () => stopping.abort() },
  ];
  return {
    components,
    readiness: { database: () => database.check(), ...queues.readiness },
    routes: {
      db,
      planning,
      catalogue,
      submitting,
      rulesOf,
      output: createOutputReader(db),
      tell: () => wake.tell(),
      stopping: stopping.signal,
    },
  };
}
