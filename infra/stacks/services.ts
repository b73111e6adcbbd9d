import { SecretValue } from 'aws-cdk-lib';
import { Port } from 'aws-cdk-lib/aws-ec2';
import { Cluster, ContainerInsights, Secret as ContainerSecret } from 'aws-cdk-lib/aws-ecs';
import type { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import { acceptableBacklog, BacklogScaling } from '../constructs/backlog-scaling.ts';
import { acknowledge } from '../constructs/acknowledge.ts';
import { removal } from '../constructs/keeping.ts';
import { ImageWorker } from '../constructs/image-worker.ts';
import { permissions } from '../constructs/permissions.ts';
import { PlatformStack } from '../constructs/platform-stack.ts';
import { WebService } from '../constructs/web-service.ts';
import { SERVICES, type Parameters, type ServiceName } from '../parameters.ts';
import type { Data } from './data.ts';
import type { Edge } from './edge.ts';
import type { Entrance } from './entrance.ts';
import { RENDER_SECONDS, type Events } from './events.ts';
import type { Hpc } from './hpc.ts';
import type { Network } from './network.ts';

export interface Around {
  network: Network;
  data: Data;
  events: Events;
  entrance: Entrance;
  edge: Edge;
  hpc?: Hpc | undefined;
}

/** What a thumbnail costs a vCPU, in seconds: a photo of 12 megapixels in all presets (npm run bench -- thumbnailer). */
const SECONDS_PER_IMAGE = 1;
/** How long an upload may wait for a task. */
const IMAGE_WAIT_SECONDS = 30;

/** The four services: what each is told, and what it may do. */
export class Services extends PlatformStack {
  readonly cluster: Cluster;
  readonly services: Record<ServiceName, WebService>;
  /** Of uploads, where Lambda works on them. */
  readonly workers: ImageWorker[] = [];
  readonly #around: Around;

  constructor(scope: Construct, parameters: Parameters, around: Around) {
    super(scope, 'services', { parameters, description: 'The services, on Fargate' });
    this.#around = around;
    this.cluster = new Cluster(this, 'cluster', {
      vpc: around.network.vpc,
      clusterName: this.name('services'),
      containerInsightsV2: ContainerInsights.DISABLED,
    });
    acknowledge(
      this.cluster,
      'AwsSolutions-ECS4',
      'what it would tell is in the metrics that ECS gives for nothing, and in those of the services',
    );
    const services = Object.fromEntries(SERVICES.map((name) => [name, this.#service(name)]));
    this.services = services as Record<ServiceName, WebService>;
    this.#connect();
    if (parameters.uploads.worker === 'lambda') this.workers = this.#workers();
    // In one group of FIFO there is one at a time, however many tasks there are.
    else if (parameters.uploads.events !== 'fifo') this.#scaleThumbnailer();
  }

  #service(service: ServiceName): WebService {
    const { network, entrance } = this.#around;
    const { uploads } = this.parameters;
    return new WebService(this, service, {
      service,
      size: this.parameters.services[service],
      vpc: network.vpc,
      inside: network.inside,
      cluster: this.cluster,
      entrance,
      environment: { ...this.#environment(service), ...this.parameters.settings?.[service] },
      secrets: this.#secrets(service),
      statements: this.#statements(service),
      scalesByCpu: service !== 'thumbnailer' || uploads.worker === 'lambda' || uploads.events === 'fifo',
    });
  }

  #environment(service: ServiceName): Record<string, string> {
    const { events, data, edge, hpc } = this.#around;
    const { queues, topics } = events;
    const { auth, logRules, network } = this.parameters;
    const authentication: Record<string, string> =
      auth.mode === 'jwt'
        ? {
            AUTH_MODE: 'jwt',
            JWT_ISSUER: auth.issuer,
            JWT_AUDIENCE: auth.audience,
            JWT_JWKS_URL: auth.jwksUrl,
          }
        : { AUTH_MODE: 'api-key' };
    switch (service) {
      case 'ip-blocklist':
        return {
          ...authentication,
          INTAKE_QUEUE_URL: queues.intake.queue.queueUrl,
          FINDINGS_QUEUE_URL: queues.findings.queue.queueUrl,
          ...(logRules !== undefined && {
            LOGS_QUEUE_URL: queues.accessLogs.queue.queueUrl,
            LOG_RULES_YAML: logRules,
          }),
          CHANGES_TOPIC_ARN: topics.blocklist.topicArn,
          DISCOVER_PROTECTED: 'ec2',
          TARGETS_YAML: edge.blocklistTargets,
        };
      case 'thumbnailer':
        return {
          ...authentication,
          ...this.#workerEnvironment(),
          ...(this.parameters.uploads.worker === 'lambda' && { WORKER_CONCURRENCY: '0' }),
        };
      case 'cache-api':
        return {
          ...authentication,
          ...data.store.environment,
          INVALIDATION: 'replication',
          // Of CloudFront there is no endpoint.
          ...(network.egress !== 'endpoints' && {
            CLOUDFRONT_DISTRIBUTION_ID: edge.distribution.distributionId,
          }),
        };
      case 'hpc-broker':
        return {
          ...authentication,
          PLAN_REGION: this.region,
          INTAKE_QUEUE_URL: queues.jobs.queue.queueUrl,
          EVENTS_TOPIC_ARN: topics.jobs.topicArn,
          LOCAL_ENGINE: 'off',
          ...hpc?.settings,
        };
    }
  }

  /** Of whoever turns uploads into thumbnails. */
  #workerEnvironment(): Record<string, string> {
    const { uploads, thumbnails, queues, topics } = this.#around.events;
    return {
      MAX_RENDER_SECONDS: String(RENDER_SECONDS),
      UPLOADS_BUCKET: uploads.bucketName,
      THUMBNAILS_BUCKET: thumbnails.bucketName,
      UPLOADS_QUEUE_URL: queues.uploads.queue.queueUrl,
      DEFERRED_QUEUE_URL: queues.deferred.queue.queueUrl,
      EVENTS_TOPIC_ARN: topics.thumbnails.topicArn,
    };
  }

  #secrets(service: ServiceName): Record<string, ContainerSecret> {
    const { data } = this.#around;
    const secrets: Record<string, ContainerSecret> = {};
    if (service !== 'thumbnailer') {
      secrets['DATABASE_URL'] = ContainerSecret.fromSecretsManager(data.databases[service].secret, 'url');
    }
    if (this.parameters.auth.mode === 'api-key') {
      const keys = new Secret(this, `${service}-keys`, {
        secretName: `${this.name('api-keys')}/${service}`,
        description: `Who may call ${service}: a JSON list, of what npm run api-key prints`,
        // Nobody. What is put there later, deployments leave alone.
        secretStringValue: SecretValue.unsafePlainText('[]'),
        removalPolicy: removal(this.parameters),
      });
      acknowledge(keys, 'AwsSolutions-SMG4', 'hashes of keys; who hands out keys replaces them, one by one');
      secrets['API_KEYS'] = ContainerSecret.fromSecretsManager(keys);
    }
    return secrets;
  }

  #statements(service: ServiceName): PolicyStatement[] {
    const { events, edge, hpc } = this.#around;
    const { queues, topics, uploads, thumbnails, config, logs } = events;
    const may = permissions(this);
    switch (service) {
      case 'ip-blocklist':
        return [
          ...may.work(queues.intake, queues.findings, queues.accessLogs),
          may.publish(topics.blocklist),
          may.read(config),
          may.read(logs),
          ...may.enforce(edge),
          may.discover(),
        ];
      case 'thumbnailer':
        return [
          ...may.work(queues.uploads, queues.deferred),
          may.send(queues.deferred),
          may.redrive(queues.uploads, queues.deferred),
          may.publish(topics.thumbnails),
          may.read(config),
          ...may.convert(uploads, thumbnails),
          may.protectItself(this.name('services')),
        ];
      case 'cache-api':
        return [may.read(config), may.purge(edge.distribution)];
      case 'hpc-broker':
        return [
          ...may.work(queues.jobs),
          may.publish(topics.jobs),
          may.read(config),
          ...(hpc?.statements ?? []),
        ];
    }
  }

  #connect(): void {
    const { data } = this.#around;
    for (const name of ['ip-blocklist', 'cache-api', 'hpc-broker'] as const) {
      this.services[name].service.connections.allowTo(
        data.cluster,
        Port.tcp(5432),
        `${name} and its database`,
      );
    }
    this.services['cache-api'].service.connections.allowToDefaultPort(
      data.store.connections,
      'what instances share',
    );
  }

  #workers(): ImageWorker[] {
    const { uploads, deferred } = this.#around.events.queues;
    const environment = { ...this.#workerEnvironment(), ...this.parameters.settings?.thumbnailer };
    const parts = { environment, statements: this.#statements('thumbnailer') };
    const source = {
      'fan-out': { source: { queue: uploads, fifo: false }, handler: 'uploads' },
      fifo: { source: { queue: uploads, fifo: true }, handler: 'uploadsFifo' },
      topic: {
        source: { topic: this.#around.events.topics.uploads, deadLetters: uploads },
        handler: 'uploadsTopic',
      },
    } as const;
    return [
      new ImageWorker(this, 'uploads-worker', { ...parts, ...source[this.parameters.uploads.events] }),
      new ImageWorker(this, 'deferred-worker', {
        ...parts,
        source: { queue: deferred, fifo: false },
        handler: 'deferred',
      }),
    ];
  }

  #scaleThumbnailer(): void {
    const { service, scaling } = this.services.thumbnailer;
    const { cpu } = this.parameters.services.thumbnailer;
    new BacklogScaling(this, 'backlog', {
      queue: this.#around.events.queues.uploads.queue,
      service,
      clusterName: this.cluster.clusterName,
      target: scaling,
      backlog: acceptableBacklog({
        waitSeconds: IMAGE_WAIT_SECONDS,
        secondsPerMessage: SECONDS_PER_IMAGE,
        atOnce: cpu / 1_024,
      }),
    });
  }
}
