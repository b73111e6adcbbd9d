import { join } from 'node:path';
import { HOST, type Config } from './config.ts';
import { redisOnPath } from './redis/server.ts';
import { STATE } from './state.ts';

/** One process of the development stack. */
export interface ProcessSpec {
  name: string;
  /** Path of its main file, from the root of the repository. */
  main: string;
  env: Readonly<Record<string, string>>;
  port: number;
  /** The setting that moves the port. */
  portSetting: keyof Config;
  /** Path that answers 200 once it is ready; absent: it is ready when its port accepts. */
  readyPath?: string;
}

/** In the order in which they start; each stage waits for the one before. */
export function stages(config: Config, hasRedis = redisOnPath() !== undefined): ProcessSpec[][] {
  const sandbox = `http://${HOST}:${config.SANDBOX_PORT}`;
  const aws = {
    AWS_ENDPOINT_URL: sandbox,
    AWS_REGION: 'us-east-1',
    // The sandbox takes any key whose secret is the same.
    AWS_ACCESS_KEY_ID: 'sandbox',
    AWS_SECRET_ACCESS_KEY: 'sandbox',
  };
  const service = (port: number) => ({
    HOST,
    PORT: String(port),
    AUTH_MODE: 'none',
    TRUSTED_PROXY_HOPS: '1',
  });
  const database = (name: string) => ({
    DATABASE_URL: `postgres://${name}:${name}@${HOST}:${config.POSTGRES_PORT}/${name}`,
    DATABASE_ADMIN_URL: `postgres://postgres:postgres@${HOST}:${config.POSTGRES_PORT}/postgres`,
  });
  return [
    [
      {
        name: 'postgres',
        main: 'tools/dev/src/postgres/main.ts',
        port: config.POSTGRES_PORT,
        portSetting: 'POSTGRES_PORT',
        env: {
          POSTGRES_PORT: String(config.POSTGRES_PORT),
          POSTGRES_DATA_DIR: join(config.GROUNDWORK_STATE_DIR, STATE.postgres),
        },
      },
      {
        name: 'aws-sandbox',
        main: 'tools/aws-sandbox/src/main.ts',
        port: config.SANDBOX_PORT,
        portSetting: 'SANDBOX_PORT',
        readyPath: '/_sandbox/health',
        env: {
          HOST,
          PORT: String(config.SANDBOX_PORT),
          SANDBOX_STATE_DIR: join(config.GROUNDWORK_STATE_DIR, STATE.sandbox),
          SANDBOX_RESOURCES: 'tools/dev/aws-resources.yaml',
        },
      },
      ...(hasRedis
        ? [
            {
              name: 'redis',
              main: 'tools/dev/src/redis/main.ts',
              port: config.REDIS_PORT,
              portSetting: 'REDIS_PORT' as const,
              env: { REDIS_PORT: String(config.REDIS_PORT) },
            },
          ]
        : []),
    ],
    [
      {
        name: 'ip-blocklist',
        main: 'apps/ip-blocklist/src/main.ts',
        port: config.IP_BLOCKLIST_PORT,
        portSetting: 'IP_BLOCKLIST_PORT',
        readyPath: '/readyz',
        env: {
          ...aws,
          ...service(config.IP_BLOCKLIST_PORT),
          ...database('blocklist'),
          TARGETS: 'tools/dev/targets.yaml',
          LOG_RULES: 'tools/dev/log-rules.yaml',
          QUEUE_POLL_SECONDS: '1',
          INTAKE_QUEUE_URL: `${sandbox}/000000000000/blocklist-intake.fifo`,
          FINDINGS_QUEUE_URL: `${sandbox}/000000000000/blocklist-findings`,
          LOGS_QUEUE_URL: `${sandbox}/000000000000/blocklist-logs`,
          CHANGES_TOPIC_ARN: 'arn:aws:sns:us-east-1:000000000000:blocklist-changes',
          DISCOVER_PROTECTED: 'ec2',
        },
      },
      {
        name: 'thumbnailer',
        main: 'apps/thumbnailer/src/main.ts',
        port: config.THUMBNAILER_PORT,
        portSetting: 'THUMBNAILER_PORT',
        readyPath: '/readyz',
        env: {
          ...aws,
          ...service(config.THUMBNAILER_PORT),
          QUEUE_POLL_SECONDS: '1', // so that Ctrl-C is quick
          UPLOADS_BUCKET: 'uploads',
          THUMBNAILS_BUCKET: 'thumbnails',
          UPLOADS_QUEUE_URL: `${sandbox}/000000000000/thumbnailer-uploads`,
          DEFERRED_QUEUE_URL: `${sandbox}/000000000000/thumbnailer-deferred`,
          EVENTS_TOPIC_ARN: 'arn:aws:sns:us-east-1:000000000000:thumbnails-events',
        },
      },
      {
        name: 'cache-api',
        main: 'apps/cache-api/src/main.ts',
        port: config.CACHE_API_PORT,
        portSetting: 'CACHE_API_PORT',
        readyPath: '/readyz',
        env: {
          ...aws,
          ...service(config.CACHE_API_PORT),
          ...database('cache'),
          RESOURCES: 'tools/dev/cache.yaml',
          SEED_FILE: 'tools/dev/demo/products.sql',
          // A laptop that is busy with something else is slow, not away.
          STORE_TIMEOUT_MS: '500',
          ...(hasRedis ? { STORE: 'redis', REDIS_URL: `redis://${HOST}:${config.REDIS_PORT}` } : {}),
        },
      },
      {
        name: 'hpc-broker',
        main: 'apps/hpc-broker/src/main.ts',
        port: config.HPC_BROKER_PORT,
        portSetting: 'HPC_BROKER_PORT',
        readyPath: '/readyz',
        env: {
          ...aws,
          ...service(config.HPC_BROKER_PORT),
          ...database('hpc'),
          QUEUE_POLL_SECONDS: '1',
          INTAKE_QUEUE_URL: `${sandbox}/000000000000/hpc-jobs.fifo`,
          EVENTS_TOPIC_ARN: 'arn:aws:sns:us-east-1:000000000000:hpc-events',
          LOCAL_ENGINE: 'on',
          LOCAL_STATE_DIR: join(config.GROUNDWORK_STATE_DIR, STATE.hpc),
          // Ctrl-C leaves nothing running.
          LOCAL_ENGINE_ON_STOP: 'cancel',
        },
      },
    ],
    [
      {
        name: 'edge',
        main: 'tools/edge/src/main.ts',
        port: config.EDGE_PORT,
        portSetting: 'EDGE_PORT',
        readyPath: '/healthz',
        env: {
          HOST,
          PORT: String(config.EDGE_PORT),
          EDGE_SANDBOX_URL: sandbox,
          EDGE_GEO_FILE: 'tools/dev/geo.csv',
          UPSTREAM_IP_BLOCKLIST: `http://${HOST}:${config.IP_BLOCKLIST_PORT}`,
          UPSTREAM_THUMBNAILER: `http://${HOST}:${config.THUMBNAILER_PORT}`,
          UPSTREAM_HPC_BROKER: `http://${HOST}:${config.HPC_BROKER_PORT}`,
          UPSTREAM_CACHE_API: `http://${HOST}:${config.CACHE_API_PORT}`,
        },
      },
    ],
  ];
}
