/** Everything that differs between stages. Whoever deploys Groundwork changes this file and nothing else. */
export interface Parameters {
  /** In the names of stacks and resources. */
  stage: string;
  /** Default: that of the credentials `cdk deploy` has. */
  account?: string | undefined;
  region: string;
  network: NetworkParameters;
  database: DatabaseParameters;
  store: StoreParameters;
  uploads: UploadParameters;
  services: Record<ServiceName, ServiceParameters>;
  /** Further settings of services, as their READMEs have them. */
  settings?: Partial<Record<ServiceName, Record<string, string>>> | undefined;
  auth: AuthParameters;
  edge: EdgeParameters;
  hpc?: HpcParameters | undefined;
  /**
   * LOG_RULES of ip-blocklist: who is blocked by what the web ACL's log says of him. What its rule about rates or
   * ip-blocklist itself turns away is in there too, so that a rule about `action: [BLOCK]` alone feeds itself.
   */
  logRules?: string | undefined;
  /** Who is told of alarms. */
  alarmEmail?: string | undefined;
  logRetentionDays: number;
  /** Keeps databases, buckets and file systems when their stack is deleted. */
  keepsData: boolean;
}

export const SERVICES = ['ip-blocklist', 'thumbnailer', 'cache-api', 'hpc-broker'] as const;
export type ServiceName = (typeof SERVICES)[number];

/** How the private subnets reach what is outside. Prices of us-east-1, a month (AWS price list, 2026-11). */
export type Egress =
  /** One NAT gateway: $32.85 + $3.65 for its address, $0.045/GB. Its zone's failure is everybody's. */
  | 'nat'
  /** One NAT gateway per zone: $36.50 each, and no traffic between zones ($0.01/GB each way). */
  | 'nat-per-zone'
  /**
   * No way out but to AWS: an interface endpoint is $7.30 per zone, $0.01/GB, and there are a dozen of them, so about
   * $190 in two zones: for those who may have no way out, not for those who want to save. Feeds of ip-blocklist come
   * from S3 then. Only in us-east-1: elsewhere there is no endpoint for CloudFront's web ACLs, which are there.
   */
  | 'endpoints';

export interface NetworkParameters {
  cidr: string;
  zones: 2 | 3;
  /**
   * Letters of the zones to take, the first ones first. Which zone a letter is differs by account: leave out the one
   * whose id is use1-az3, in which there are neither Fargate nor VPC origins (docs/deploy.md has the command).
   */
  zoneNames: string[];
  egress: Egress;
}

export interface DatabaseParameters {
  /** Aurora capacity units of 2 GiB, $0.12 an hour each. With 0 it would pause, which a replication slot keeps it from. */
  minAcu: number;
  maxAcu: number;
  /** Instances besides the writer, in other zones, that it fails over to. */
  readers: 0 | 1 | 2;
  backupDays: number;
  /** Raise it when new passwords have been put into the secrets of roles: the roles get them with the next deployment. */
  passwords: number;
}

/** What cache-api's instances share. */
export type StoreParameters =
  /** ElastiCache Serverless for Valkey: from $6 a month, grows by itself. */
  | { kind: 'valkey-serverless'; maxGb: number; maxEcpuPerSecond: number }
  /** Nodes of memcached: $11.68 a month for a cache.t4g.micro. Every instance of cache-api knows all of them. */
  | { kind: 'memcached'; nodeType: string; nodes: number };

export interface UploadParameters {
  /** With versions, S3 tells of each write, also of two at the same moment. */
  versioned: boolean;
  /**
   * How the thumbnailer hears of uploads: S3 → SNS → SQS lets others subscribe too; S3 → EventBridge → SQS FIFO is
   * one after the other, in one group, as EventBridge cannot choose it by key (S3 cannot send to a FIFO topic); SNS → Lambda has no queue of its own.
   */
  events: 'fan-out' | 'fifo' | 'topic';
  /** Who works on them: the service (a task is always there), or Lambda (nothing costs anything while nothing comes). */
  worker: 'service' | 'lambda';
}

export interface ServiceParameters {
  /** Units of 1/1024 vCPU, and MiB, in a combination that Fargate has. */
  cpu: number;
  memoryMiB: number;
  minTasks: number;
  maxTasks: number;
}

export type AuthParameters =
  /** Keys in a secret of each service, which `npm run api-key` makes. */
  { mode: 'api-key' } | { mode: 'jwt'; issuer: string; audience: string; jwksUrl: string };

export interface EdgeParameters {
  /**
   * vpc-origin: the ALB is private and CloudFront comes through the VPC. public-alb: as the seed draws it, reachable
   * for CloudFront's addresses only, and answering only those who know a secret header; needs a domain.
   */
  origin: 'vpc-origin' | 'public-alb';
  /** Without one it is CloudFront's own name. The certificate of names is in us-east-1, that of the origin in `region`. */
  domain?:
    | { name: string; certificateArn: string; originName: string; originCertificateArn: string }
    | undefined;
  /** Raise it for another secret between CloudFront and a public ALB; then deploy entrance, edge and services. */
  secret: number;
  /** Requests from one address in five minutes, beyond which it is blocked until it is fewer. */
  requestsPerFiveMinutes: number;
  /** Countries that CloudFront turns away itself; ip-blocklist keeps that list from then on. */
  geo: 'web-acl' | 'distribution';
}

export interface HpcParameters {
  /** vCPUs that each compute environment may have. */
  maxVcpus: number;
  /** For jobs over several nodes; has to have EFA. */
  efaInstanceType: string;
  /** Which zone of the network has that type, counted from 0 (the default); Lustre is there too. */
  zone?: 0 | 1 | 2 | undefined;
  /** FSx for Lustre, linked to the data bucket: 1.2 TiB of SCRATCH_2 are $168 a month. */
  lustreGiB?: number | undefined;
  /** Then it is PERSISTENT_2, which survives a server that fails: 1.2 TiB are $174 a month with 125, $720 with 1,000. */
  lustreMbPerSecondPerTiB?: 125 | 250 | 500 | 1_000 | undefined;
  efs: boolean;
  /** On-premises agents of DataSync (their ARNs) and the NFS share they read. */
  dataSync?: { agentArns: string[]; host: string; path: string } | undefined;
  /** Auto Scaling groups of Spot instances with a fast disk at /scratch, for what is no container. Empty they cost nothing. */
  pools?:
    | {
        instanceStore?: { maxInstances: number } | undefined;
        /** Each instance has a volume: $0.125 per GB-month, and $0.065 for each of its first 32,000 IOPS. */
        io2?: { maxInstances: number; gib: number; iops: number } | undefined;
      }
    | undefined;
}

const small: ServiceParameters = { cpu: 256, memoryMiB: 512, minTasks: 1, maxTasks: 2 };
const pair: ServiceParameters = { cpu: 512, memoryMiB: 1_024, minTasks: 2, maxTasks: 6 };

export const stages: Record<string, Parameters> = {
  dev: {
    stage: 'dev',
    region: 'us-east-1',
    network: { cidr: '10.20.0.0/16', zones: 2, zoneNames: ['a', 'b', 'c'], egress: 'nat' },
    database: { minAcu: 0.5, maxAcu: 2, readers: 0, backupDays: 1, passwords: 1 },
    store: { kind: 'valkey-serverless', maxGb: 1, maxEcpuPerSecond: 1_000 },
    uploads: { versioned: false, events: 'fan-out', worker: 'service' },
    services: {
      'ip-blocklist': small,
      thumbnailer: { ...small, cpu: 512, memoryMiB: 1_024 },
      'cache-api': small,
      'hpc-broker': small,
    },
    auth: { mode: 'api-key' },
    edge: { origin: 'vpc-origin', secret: 1, requestsPerFiveMinutes: 2_000, geo: 'web-acl' },
    logRetentionDays: 14,
    keepsData: false,
  },
  prod: {
    stage: 'prod',
    region: 'us-east-1',
    network: { cidr: '10.10.0.0/16', zones: 3, zoneNames: ['a', 'b', 'c'], egress: 'nat-per-zone' },
    database: { minAcu: 1, maxAcu: 16, readers: 1, backupDays: 14, passwords: 1 },
    store: { kind: 'valkey-serverless', maxGb: 10, maxEcpuPerSecond: 100_000 },
    uploads: { versioned: true, events: 'fan-out', worker: 'service' },
    services: {
      'ip-blocklist': pair,
      thumbnailer: { cpu: 2_048, memoryMiB: 4_096, minTasks: 2, maxTasks: 20 },
      'cache-api': { cpu: 1_024, memoryMiB: 2_048, minTasks: 2, maxTasks: 20 },
      'hpc-broker': { ...pair, maxTasks: 2 },
    },
    auth: { mode: 'api-key' },
    edge: { origin: 'vpc-origin', secret: 1, requestsPerFiveMinutes: 10_000, geo: 'web-acl' },
    hpc: {
      maxVcpus: 1_024,
      efaInstanceType: 'c7gn.16xlarge',
      // Lustre and EFS are for pools and ParallelCluster: containers of Batch do not mount them.
      efs: false,
      pools: { instanceStore: { maxInstances: 20 }, io2: { maxInstances: 4, gib: 500, iops: 64_000 } },
    },
    logRetentionDays: 90,
    keepsData: true,
  },
};
