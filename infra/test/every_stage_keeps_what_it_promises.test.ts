import { beforeAll, describe, expect, it } from 'vitest';
import { text, type Model, type Properties, type Resource } from '../model.ts';
import { modelOf, VARIANTS } from './stage.ts';

const list = (value: unknown): Properties[] => (Array.isArray(value) ? (value as Properties[]) : []);

describe.each(VARIANTS)('with %s', (_what, stage, change) => {
  let model: Model;
  const of = (type: string): Resource[] => model.resources.filter((one) => one.type === type);
  const named = (found: readonly Resource[]): string[] => found.map(({ stack, path }) => `${stack}/${path}`);
  beforeAll(() => {
    model = modelOf(stage, change);
  });

  describe('messages', () => {
    const queues = () => of('AWS::SQS::Queue').filter(({ path }) => !path.includes('dead-letters'));
    const deadLettersOf = (queue: Resource) => model.references(queue, 'RedrivePolicy')[0];

    it('that cannot be handled go to dead letters, which are kept for longer', () => {
      for (const queue of queues()) {
        const dead = deadLettersOf(queue);
        expect(dead?.path, queue.path).toContain('dead-letters');
        expect(Number(dead!.properties['MessageRetentionPeriod'])).toBeGreaterThan(
          Number(queue.properties['MessageRetentionPeriod']),
        );
      }
    });

    it('are in queues whose name and flag agree about the order, as do those of their dead letters', () => {
      for (const queue of of('AWS::SQS::Queue')) {
        const isFifo = queue.properties['FifoQueue'] === true;
        expect(text(queue.properties['QueueName']).endsWith('.fifo'), queue.path).toBe(isFifo);
        if (!queue.path.includes('dead-letters')) {
          expect(deadLettersOf(queue)!.properties['FifoQueue'] === true, queue.path).toBe(isFifo);
        }
      }
      for (const topic of of('AWS::SNS::Topic')) {
        const isFifo = topic.properties['FifoTopic'] === true;
        expect(text(topic.properties['TopicName']).endsWith('.fifo')).toBe(isFifo);
      }
    });

    it('that a function works on are hidden from others for six times as long as it may take', () => {
      for (const mapping of of('AWS::Lambda::EventSourceMapping')) {
        const [queue] = model.references(mapping, 'EventSourceArn');
        const [worker] = model.references(mapping, 'FunctionName');
        expect(Number(queue!.properties['VisibilityTimeout'])).toBeGreaterThanOrEqual(
          6 * Number(worker!.properties['Timeout']),
        );
        expect(mapping.properties['FunctionResponseTypes']).toEqual(['ReportBatchItemFailures']);
      }
    });

    it('have somebody woken when they die, or wait for too long', () => {
      const watched = (metric: string): Set<Resource> =>
        new Set(
          of('AWS::CloudWatch::Alarm')
            .filter(({ properties }) => properties['MetricName'] === metric)
            .flatMap((alarm) => model.references(alarm, 'Dimensions')),
        );
      const [age, count] = [
        watched('ApproximateAgeOfOldestMessage'),
        watched('ApproximateNumberOfMessagesVisible'),
      ];
      expect(named(queues().filter((queue) => !age.has(queue)))).toEqual([]);
      expect(named(queues().filter((queue) => !count.has(deadLettersOf(queue)!)))).toEqual([]);
    });

    it('are encrypted at rest, and taken by TLS only', () => {
      for (const queue of of('AWS::SQS::Queue'))
        expect(queue.properties['SqsManagedSseEnabled'], queue.path).toBe(true);
      const guarded = new Set(
        [...of('AWS::SQS::QueuePolicy'), ...of('AWS::SNS::TopicPolicy'), ...of('AWS::S3::BucketPolicy')]
          .filter(({ properties }) =>
            /"Effect":"Deny".*"aws:SecureTransport":"false"|"aws:SecureTransport":"false".*"Effect":"Deny"/.test(
              JSON.stringify(properties),
            ),
          )
          .flatMap((policy) => model.references(policy)),
      );
      const stores = [...of('AWS::SQS::Queue'), ...of('AWS::SNS::Topic'), ...of('AWS::S3::Bucket')];
      expect(named(stores.filter((one) => !guarded.has(one)))).toEqual([]);
    });
  });

  describe('outsiders', () => {
    const anywhere = (rule: Properties): boolean =>
      rule['CidrIp'] === '0.0.0.0/0' || rule['CidrIpv6'] === '::/0';

    it('get in nowhere but where CloudFront does', () => {
      const ingress = [
        ...of('AWS::EC2::SecurityGroup').flatMap(({ path, properties }) =>
          list(properties['SecurityGroupIngress']).map((rule) => ({ path, rule })),
        ),
        ...of('AWS::EC2::SecurityGroupIngress').map(({ path, properties }) => ({ path, rule: properties })),
      ];
      expect(ingress.filter(({ rule }) => anywhere(rule)).map(({ path }) => path)).toEqual([]);
      // What is open to a range, and to whom.
      const ranges = ingress
        .filter(({ rule }) => rule['SourceSecurityGroupId'] === undefined)
        .map(({ path }) => path);
      const isPublic =
        change.edge !== undefined && 'origin' in change.edge && change.edge.origin === 'public-alb';
      // CloudFront's prefix list; endpoints are for the VPC's own range.
      expect(ranges.filter((path) => !path.startsWith('vpc/'))).toEqual(
        isPublic ? ['group/from {IndirectPeer}:443'] : [],
      );
    });

    it('read no bucket', () => {
      for (const { path, properties } of of('AWS::S3::Bucket')) {
        expect(properties['PublicAccessBlockConfiguration'], path).toEqual({
          BlockPublicAcls: true,
          BlockPublicPolicy: true,
          IgnorePublicAcls: true,
          RestrictPublicBuckets: true,
        });
        expect(properties['BucketEncryption'], path).toBeDefined();
      }
    });

    it('find nothing with a public address, but what calls out and a public load balancer', () => {
      for (const { path, properties } of of('AWS::EC2::Subnet')) {
        expect(properties['MapPublicIpOnLaunch'], path).toBe(false);
      }
      for (const service of of('AWS::ECS::Service')) {
        expect(JSON.stringify(service.properties['NetworkConfiguration'])).toContain(
          '"AssignPublicIp":"DISABLED"',
        );
      }
      const open = of('AWS::ElasticLoadBalancingV2::LoadBalancer').map(
        ({ properties }) => properties['Scheme'],
      );
      const isPublic = change.edge !== undefined && 'origin' in change.edge;
      expect(open).toEqual([isPublic && stage === 'dev' ? 'internet-facing' : 'internal']);
    });
  });

  describe('a service', () => {
    const containers = () =>
      of('AWS::ECS::TaskDefinition').map((definition) => ({
        definition,
        container: list(definition.properties['ContainerDefinitions'])[0]!,
      }));

    it('gets longer to stop than it takes to finish, as Fargate allows', () => {
      for (const { container, definition } of containers()) {
        const drain = list(container['Environment']).find(({ Name }) => Name === 'DRAIN_SECONDS')?.['Value'];
        expect(Number(container['StopTimeout']), definition.path).toBeGreaterThan(Number(drain));
        expect(Number(container['StopTimeout'])).toBeLessThanOrEqual(120);
      }
    });

    it('runs on ARM, with an init process, and writes to nothing but /tmp', () => {
      for (const { container, definition } of containers()) {
        expect(definition.properties['RuntimePlatform']).toEqual({
          CpuArchitecture: 'ARM64',
          OperatingSystemFamily: 'LINUX',
        });
        expect(container).toMatchObject({
          ReadonlyRootFilesystem: true,
          LinuxParameters: { InitProcessEnabled: true },
          MountPoints: [{ ContainerPath: '/tmp', ReadOnly: false }],
        });
      }
    });

    it('is rolled back when it does not get well, and never fewer than there were', () => {
      for (const { properties } of of('AWS::ECS::Service')) {
        expect(properties['DeploymentConfiguration']).toMatchObject({
          DeploymentCircuitBreaker: { Enable: true, Rollback: true },
          MinimumHealthyPercent: 100,
        });
      }
    });

    it('has what is secret from Secrets Manager, and nothing of it in its environment', () => {
      for (const { container } of containers()) {
        for (const { Name, Value } of list(container['Environment'])) {
          expect(`${text(Name)}=${JSON.stringify(Value)}`).not.toMatch(
            /resolve:secretsmanager|DATABASE_URL=|API_KEYS=|password/i,
          );
        }
      }
    });

    it('has a role of its own', () => {
      const roles = of('AWS::ECS::TaskDefinition').map(
        (one) => model.references(one, 'TaskRoleArn')[0]!.path,
      );
      expect(new Set(roles).size).toBe(4);
    });

    it('is found by its paths, of which the load balancer takes its prefix off', () => {
      const rules = of('AWS::ElasticLoadBalancingV2::ListenerRule').map(({ properties }) => ({
        paths: (list(properties['Conditions'])[0]!['PathPatternConfig'] as Properties)['Values'],
        rewrites: JSON.stringify(properties['Transforms'] ?? null),
      }));
      expect(rules).toEqual(
        expect.arrayContaining([
          { paths: ['/blocklist', '/blocklist/*'], rewrites: expect.stringContaining('^/blocklist/?(.*)$') },
          { paths: ['/cache', '/cache/*'], rewrites: expect.stringContaining('"/$1"') },
          { paths: ['/hpc', '/hpc/*'], rewrites: expect.any(String) },
          { paths: ['/thumbnailer', '/thumbnailer/*'], rewrites: expect.any(String) },
          { paths: ['/images/*', '/derivatives/*'], rewrites: 'null' },
        ]),
      );
      const priorities = of('AWS::ElasticLoadBalancingV2::ListenerRule').map(
        ({ properties }) => properties['Priority'],
      );
      expect(new Set(priorities).size).toBe(priorities.length);
    });

    it('grows and shrinks with what it has to do', () => {
      expect(of('AWS::ApplicationAutoScaling::ScalableTarget')).toHaveLength(4);
      const tracked = of('AWS::ApplicationAutoScaling::ScalingPolicy').map(({ path }) => path);
      expect(tracked).toHaveLength(4);
    });
  });

  describe('what is kept', () => {
    it('says for how long: logs', () => {
      for (const { path, properties } of of('AWS::Logs::LogGroup')) {
        expect(properties['RetentionInDays'], path).toBe(stage === 'prod' ? 90 : 14);
      }
      for (const { path, properties } of of('AWS::Lambda::Function')) {
        if (properties['LoggingConfig'] === undefined) expect(path).toMatch(/^(Custom|LogRetention)/);
      }
    });

    it('is encrypted, backed up, and followed by cache-api', () => {
      const [cluster] = of('AWS::RDS::DBCluster');
      expect(cluster!.properties).toMatchObject({
        StorageEncrypted: true,
        EnableHttpEndpoint: true,
        BackupRetentionPeriod: stage === 'prod' ? 14 : 1,
        DeletionProtection: stage === 'prod',
      });
      const [parameters] = model.references(cluster!, 'DBClusterParameterGroupName');
      expect(parameters!.properties['Parameters']).toMatchObject({
        'rds.logical_replication': '1',
        'rds.force_ssl': '1',
      });
    });
  });
});
