import { mkdirSync } from 'node:fs';
import {
  createHttpServer,
  createLogger,
  type Component,
  type HttpServer,
  type Logger,
} from '@groundwork/service';
import { join } from 'node:path';
import { AutoScaling } from './autoscaling/service.ts';
import { Batch } from './batch/batch.ts';
import { BatchService } from './batch/service.ts';
import { SubmitThrottle } from './batch/throttle.ts';
import { CloudFront } from './cloudfront/service.ts';
import { DataSync } from './datasync/datasync.ts';
import { DataSyncService } from './datasync/service.ts';
import { Destinations } from './destinations.ts';
import { Ec2 } from './ec2/service.ts';
import { Cloud } from './ec2/time/cloud.ts';
import { EventBridge } from './eventbridge/service.ts';
import { Faults } from './faults/rules.ts';
import { Imds } from './imds/service.ts';
import { LogsService } from './logs/service.ts';
import { LogStreams } from './logs/streams.ts';
import { Outbox } from './outbox.ts';
import { applyResources, type Resources } from './resources.ts';
import { Blobs } from './s3/blobs.ts';
import { Multipart } from './s3/multipart-store.ts';
import { Notifier } from './s3/notifications/notifier.ts';
import { S3Store } from './s3/store.ts';
import { createRequestListener } from './server.ts';
import { openFauxqs } from './sns/fauxqs.ts';
import { SnsService } from './sns/service.ts';
import { Messages } from './sqs/messages.ts';
import { MoveTasks } from './sqs/move-tasks.ts';
import { Mover } from './sqs/mover.ts';
import { Queues } from './sqs/queues.ts';
import { SqsService } from './sqs/service.ts';
import { openState } from './state.ts';
import { Wafv2 } from './wafv2/service.ts';
import { Throttle } from './wafv2/throttle.ts';

export interface SandboxOptions {
  host: string;
  port: number;
  /** Everything is kept in this folder and survives a restart. */
  stateDir: string;
  resources?: Resources;
  /** Host names served besides the loopback ones. */
  allowedHosts?: readonly string[];
  logger?: Logger;
  /** The least that S3 takes as a part of an upload, but the last one; default 5 MiB. */
  minPartBytes?: number;
  /** Whether WAF's 1 write and 5 reads a second are held to; default true. */
  throttleWaf?: boolean;
  /** Whether commands of Batch jobs are run, as processes of this machine; default false. */
  runBatchJobs?: boolean;
  /** The PATH that they get; by default that of a container. */
  batchPath?: string;
  /** Whether Batch's 50 submissions a second are held to; default true. */
  throttleBatch?: boolean;
}

export interface Sandbox {
  /** Components in the order in which they start. */
  components: readonly Component[];
  http: HttpServer;
  faults: Faults;
}

/** Puts the sandbox together; nothing listens yet. */
export async function createSandbox(options: SandboxOptions): Promise<Sandbox> {
  const logger = options.logger ?? createLogger({ service: 'aws-sandbox', level: 'silent' });
  mkdirSync(options.stateDir, { recursive: true });
  const db = openState(options.stateDir);
  const faults = new Faults();
  const queues = new Queues(db);
  const messages = new Messages(db, queues);
  const fauxqs = await openFauxqs(options.stateDir, queues, messages);
  const sns = new SnsService(fauxqs);
  const destinations = new Destinations(queues, messages, sns);
  const eventBridge = new EventBridge(db, destinations);
  const outbox = new Outbox({
    db,
    faults,
    logger,
    deliver: (destination, message) =>
      destination === 'eventbridge' ? eventBridge.route(message) : destinations.deliver(destination, message),
  });
  const store = new S3Store(db);
  const blobs = new Blobs(options.stateDir);
  blobs.sweep(store.namedBlobs());
  const multipart = new Multipart(db, options.minPartBytes);
  const s3 = { store, blobs, multipart, notifier: new Notifier(outbox, destinations) };
  let ready = false;
  const moveTasks = new MoveTasks(db, queues, messages);
  const mover = new Mover(moveTasks, logger);
  const sqs = new SqsService(queues, messages, moveTasks);
  const logStreams = new LogStreams(db);
  const batch = new Batch({
    db,
    faults,
    logs: logStreams,
    logger,
    throttle: options.throttleBatch === false ? undefined : new SubmitThrottle(),
    ...(options.runBatchJobs === true && {
      processes: { dir: join(options.stateDir, 'batch'), path: options.batchPath },
    }),
  });
  const dataSync = new DataSync(db, faults);
  const cloud = new Cloud({ db, stateDir: options.stateDir, faults, outbox });
  const autoScaling = new AutoScaling(db, cloud);
  const listener = createRequestListener({
    s3,
    sqs,
    sns,
    eventBridge,
    wafv2: new Wafv2(db, options.throttleWaf === false ? undefined : new Throttle()),
    ec2: new Ec2(cloud),
    cloud,
    autoScaling,
    imds: new Imds(cloud, (id) => autoScaling.targetStateOf(id)),
    cloudFront: new CloudFront(db),
    batch,
    batchService: new BatchService(batch),
    dataSync,
    dataSyncService: new DataSyncService(dataSync),
    logs: new LogsService(logStreams),
    faults,
    logger,
    allowedHosts: [...(options.allowedHosts ?? []), new URL(ownUrl(`http://${options.host}`)).hostname],
    ready: () => ready,
  });
  const http = createHttpServer(listener, { host: options.host, port: options.port, logger });
  const state: Component = {
    name: 'state',
    start: async () => {
      outbox.wake();
      mover.wake();
      cloud.start();
      await batch.start();
    },
    stop: async () => {
      cloud.close();
      await batch.close();
      await outbox.close();
      await mover.close();
      await fauxqs.close();
      db.close();
    },
  };
  const resources: Component = {
    name: 'resources',
    start: async () => {
      if (options.resources !== undefined) await applyResources(ownUrl(http.url), options.resources);
      ready = true;
    },
  };
  // Long polls would keep the listener open for 20 s: they are cut off, clients just poll again.
  const server: Component = {
    name: http.name,
    start: () => http.start?.(),
    stop: async (signal) => {
      const stopped = http.stop?.(signal);
      http.server.closeAllConnections();
      await stopped;
    },
  };
  return { components: [state, server, resources], http, faults };
}

/** Where the sandbox can call itself: it may listen on all addresses, but that is not one to call. */
export function ownUrl(url: string): string {
  return url
    .replace('//0.0.0.0', '//127.0.0.1')
    .replace('//[::]', '//[::1]')
    .replace(/\/\/::$/, '//[::1]');
}

/** For tests: started, with one call to stop it. */
export async function startSandbox(
  options: SandboxOptions,
): Promise<{ endpoint: string; faults: Faults; close(): Promise<void> }> {
  const { components, http, faults } = await createSandbox(options);
  for (const component of components) await component.start?.();
  return {
    endpoint: http.url,
    faults,
    async close() {
      const signal = new AbortController().signal;
      for (const component of components.toReversed()) await component.stop?.(signal);
    },
  };
}
