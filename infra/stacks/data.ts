import { Duration, Fn } from 'aws-cdk-lib';
import { Connections, Port, SecurityGroup } from 'aws-cdk-lib/aws-ec2';
import { CfnCacheCluster, CfnServerlessCache, CfnSubnetGroup } from 'aws-cdk-lib/aws-elasticache';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import {
  AuroraPostgresEngineVersion,
  ClusterInstance,
  Credentials,
  DatabaseCluster,
  DatabaseClusterEngine,
  ParameterGroup,
} from 'aws-cdk-lib/aws-rds';
import { StringParameter } from 'aws-cdk-lib/aws-ssm';
import type { Construct } from 'constructs';
import { acknowledge } from '../constructs/acknowledge.ts';
import { Handler } from '../constructs/handler.ts';
import { removal, retention } from '../constructs/keeping.ts';
import { PlatformStack } from '../constructs/platform-stack.ts';
import { ServiceDatabase } from '../constructs/service-database.ts';
import type { Parameters } from '../parameters.ts';
import type { Network } from './network.ts';

const engine = DatabaseClusterEngine.auroraPostgres({ version: AuroraPostgresEngineVersion.VER_17_9 });

/** Names of database and role, as in development. */
const DATABASES = {
  'ip-blocklist': { name: 'blocklist', replication: false },
  // It follows commits through a replication slot.
  'cache-api': { name: 'cache', replication: true },
  'hpc-broker': { name: 'hpc', replication: false },
} as const;

export interface Store {
  /** Settings of cache-api. */
  environment: Record<string, string>;
  connections: Connections;
}

/** What is kept: PostgreSQL, and the cache that instances share. */
export class Data extends PlatformStack {
  readonly cluster: DatabaseCluster;
  readonly databases: Record<keyof typeof DATABASES, ServiceDatabase>;
  readonly store: Store;

  constructor(scope: Construct, parameters: Parameters, { network }: { network: Network }) {
    super(scope, 'data', { parameters, description: 'PostgreSQL, and the store of the cache' });
    this.cluster = this.#cluster(network);
    const handler = new Handler(this, 'databases', 'service-database.ts', [
      new PolicyStatement({ actions: ['rds-data:ExecuteStatement'], resources: [this.cluster.clusterArn] }),
    ]);
    this.cluster.secret!.grantRead(handler);
    const database = (service: keyof typeof DATABASES) =>
      new ServiceDatabase(this, DATABASES[service].name, {
        ...DATABASES[service],
        cluster: this.cluster,
        handler,
      });
    this.databases = {
      'ip-blocklist': database('ip-blocklist'),
      'cache-api': database('cache-api'),
      'hpc-broker': database('hpc-broker'),
    };
    this.store = this.#store(network);
  }

  #cluster({ vpc, inside }: Network): DatabaseCluster {
    const { database, keepsData } = this.parameters;
    const cluster = new DatabaseCluster(this, 'postgres', {
      engine,
      clusterIdentifier: this.name('postgres'),
      credentials: Credentials.fromGeneratedSecret('groundwork', { secretName: this.name('database-admin') }),
      writer: ClusterInstance.serverlessV2('writer'),
      readers: Array.from({ length: database.readers }, (_, index) =>
        // The first scales with the writer, so that it can take over at once.
        ClusterInstance.serverlessV2(`reader-${index + 1}`, { scaleWithWriter: index === 0 }),
      ),
      serverlessV2MinCapacity: database.minAcu,
      serverlessV2MaxCapacity: database.maxAcu,
      parameterGroup: new ParameterGroup(this, 'parameters', {
        engine,
        description: 'Logical replication, for cache-api; TLS only',
        parameters: {
          'rds.logical_replication': '1',
          'rds.force_ssl': '1',
        },
      }),
      vpc,
      vpcSubnets: inside,
      storageEncrypted: true,
      iamAuthentication: true,
      enableDataApi: true,
      backup: { retention: Duration.days(database.backupDays) },
      deletionProtection: keepsData,
      removalPolicy: removal(this.parameters),
      cloudwatchLogsExports: ['postgresql'],
      cloudwatchLogsRetention: retention(this.parameters),
    });
    cluster.secret!.applyRemovalPolicy(removal(this.parameters));
    acknowledge(cluster, 'AwsSolutions-SMG4', 'used by deployments only; services have roles of their own');
    acknowledge(cluster, 'AwsSolutions-RDS11', 'reachable from inside only: another port would hide nothing');
    if (!keepsData) acknowledge(cluster, 'AwsSolutions-RDS10', 'a stage whose data need not outlive it');
    return cluster;
  }

  #store({ vpc, inside }: Network): Store {
    const { store } = this.parameters;
    const { subnetIds } = vpc.selectSubnets(inside);
    const group = new SecurityGroup(this, 'store-group', {
      vpc,
      description: 'The store of the cache',
      allowAllOutbound: false,
    });
    if (store.kind === 'valkey-serverless') {
      const cache = new CfnServerlessCache(this, 'valkey', {
        engine: 'valkey',
        // Other subnets make another cache, beside the one that still is there.
        serverlessCacheName: this.name(`cache-${subnetIds.length}`),
        majorEngineVersion: '8',
        description: 'What the instances of cache-api share',
        cacheUsageLimits: {
          dataStorage: { maximum: store.maxGb, unit: 'GB' },
          ecpuPerSecond: { maximum: store.maxEcpuPerSecond },
        },
        subnetIds,
        securityGroupIds: [group.securityGroupId],
      });
      return {
        environment: {
          STORE: 'redis',
          // It speaks TLS only, and as a cluster.
          REDIS_URL: `rediss://${cache.attrEndpointAddress}:${cache.attrEndpointPort}`,
          REDIS_CLUSTER: 'true',
        },
        // 6379, and 6380 for replicas.
        connections: new Connections({ securityGroups: [group], defaultPort: Port.tcpRange(6379, 6380) }),
      };
    }
    const cache = new CfnCacheCluster(this, 'memcached', {
      engine: 'memcached',
      engineVersion: '1.6.22',
      clusterName: this.name('cache'),
      cacheNodeType: store.nodeType,
      numCacheNodes: store.nodes,
      azMode: store.nodes > 1 ? 'cross-az' : 'single-az',
      transitEncryptionEnabled: true,
      cacheSubnetGroupName: new CfnSubnetGroup(this, 'store-subnets', {
        description: 'The store of the cache',
        subnetIds,
      }).ref,
      vpcSecurityGroupIds: [group.securityGroupId],
    });
    acknowledge(cache, 'AwsSolutions-AEC5', 'reachable from inside only: another port would hide nothing');
    // Taken apart here: a value of another stack cannot be.
    const servers = new StringParameter(this, 'memcached-servers', {
      description: 'Nodes of the store of the cache',
      stringValue: nodesOf(cache.attrConfigurationEndpointAddress, store.nodes),
    });
    return {
      environment: { STORE: 'memcached', MEMCACHED_SERVERS: servers.stringValue, MEMCACHED_TLS: 'true' },
      connections: new Connections({ securityGroups: [group], defaultPort: Port.tcp(11211) }),
    };
  }
}

/** CloudFormation tells the address of the whole; those of nodes have their number, of four digits, in place of cfg. */
function nodesOf(configuration: string, nodes: number): string {
  const around = Fn.split('.cfg.', configuration);
  return Array.from({ length: nodes }, (_, index) => {
    const number = String(index + 1).padStart(4, '0');
    return `${Fn.select(0, around)}.${number}.${Fn.select(1, around)}:11211`;
  }).join(',');
}
