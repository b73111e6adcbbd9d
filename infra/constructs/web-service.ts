import { Annotations, Duration, Size } from 'aws-cdk-lib';
import { ScalableTarget, ServiceNamespace } from 'aws-cdk-lib/aws-applicationautoscaling';
import type { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import {
  CfnSecurityGroupEgress,
  CfnSecurityGroupIngress,
  SecurityGroup,
  type SubnetSelection,
  type Vpc,
} from 'aws-cdk-lib/aws-ec2';
import {
  AwsLogDriverMode,
  AvailabilityZoneRebalancing,
  ContainerImage,
  CpuArchitecture,
  FargateService,
  FargateTaskDefinition,
  LinuxParameters,
  LogDrivers,
  OperatingSystemFamily,
  type Cluster,
  type Secret,
} from 'aws-cdk-lib/aws-ecs';
import { Platform } from 'aws-cdk-lib/aws-ecr-assets';
import {
  ApplicationProtocol,
  ApplicationTargetGroup,
  CfnListenerRule,
  TargetType,
} from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { ServiceName, ServiceParameters } from '../parameters.ts';
import { ROUTES } from '../routes.ts';
import type { Entrance } from '../stacks/entrance.ts';
import { acknowledge } from './acknowledge.ts';
import { IMAGE_CONTEXT } from './image-context.ts';
import { removal, retention } from './keeping.ts';
import type { PlatformStack } from './platform-stack.ts';

/** Between SIGTERM and SIGKILL, in seconds; Fargate has no more. */
const STOP_SECONDS = 120;
/** What a service gets of it to finish (DRAIN_SECONDS). */
const DRAIN_SECONDS = 110;

export interface WebServiceProps {
  service: ServiceName;
  size: ServiceParameters;
  vpc: Vpc;
  inside: SubnetSelection;
  cluster: Cluster;
  entrance: Entrance;
  environment: Record<string, string>;
  secrets: Record<string, Secret>;
  /** What its tasks may do. */
  statements: readonly PolicyStatement[];
  /** Whether CPU is what it runs out of; workers scale by what waits for them. */
  scalesByCpu: boolean;
}

/** A service on Fargate behind the load balancer, of an image that `cdk deploy` builds from this repository. */
export class WebService extends Construct {
  readonly service: FargateService;
  readonly logs: LogGroup;
  readonly scaling: ScalableTarget;
  readonly targetGroup: ApplicationTargetGroup;
  /** Percent of what its tasks have. */
  readonly cpu: Metric;

  constructor(scope: PlatformStack, id: string, props: WebServiceProps) {
    super(scope, id);
    const { service: name, vpc, inside, cluster, entrance, statements } = props;
    const { port } = ROUTES[name];
    const { parameters } = scope;
    this.logs = new LogGroup(this, 'logs', {
      logGroupName: `/groundwork/${parameters.stage}/${name}`,
      retention: retention(parameters),
      removalPolicy: removal(parameters),
    });
    const definition = this.#definition(scope, props);
    for (const statement of statements) definition.addToTaskRolePolicy(statement);

    const group = new SecurityGroup(this, 'group', {
      vpc,
      description: `Tasks of ${name}: the load balancer gets in`,
    });
    this.service = new FargateService(this, 'service', {
      serviceName: scope.name(name),
      cluster,
      taskDefinition: definition,
      vpcSubnets: inside,
      securityGroups: [group],
      // How many there are is autoscaling's to say: a number here would be set with every deployment.
      minHealthyPercent: 100,
      maxHealthyPercent: 200,
      circuitBreaker: { rollback: true },
      // Migrations are run by whoever starts first; the others wait for it.
      healthCheckGracePeriod: Duration.seconds(120),
      availabilityZoneRebalancing: AvailabilityZoneRebalancing.ENABLED,
      enableExecuteCommand: false,
    });
    Annotations.of(group).acknowledgeWarning(
      '@aws-cdk/aws-ec2:ipv4IgnoreEgressRule',
      'it may call whoever it has to: AWS, feeds, webhooks; what it may not reach, others do not let it into',
    );
    this.targetGroup = this.#behind(scope, props);
    this.service.attachToApplicationTargetGroup(this.targetGroup);
    const { loadBalancer } = entrance;
    const [outside] = loadBalancer.connections.securityGroups;
    const between = { ipProtocol: 'tcp', fromPort: port, toPort: port };
    new CfnSecurityGroupIngress(this, 'from-load-balancer', {
      ...between,
      groupId: group.securityGroupId,
      sourceSecurityGroupId: outside!.securityGroupId,
      description: 'The load balancer',
    });
    new CfnSecurityGroupEgress(this, 'to-service', {
      ...between,
      groupId: outside!.securityGroupId,
      destinationSecurityGroupId: group.securityGroupId,
      description: name,
    });
    this.cpu = this.service.metricCpuUtilization({ period: Duration.minutes(1), statistic: 'Average' });
    this.scaling = this.#scaling(props);
  }

  #definition(
    scope: PlatformStack,
    { service, size, environment, secrets }: WebServiceProps,
  ): FargateTaskDefinition {
    const { port } = ROUTES[service];
    const definition = new FargateTaskDefinition(this, 'task', {
      family: scope.name(service),
      cpu: size.cpu,
      memoryLimitMiB: size.memoryMiB,
      runtimePlatform: {
        cpuArchitecture: CpuArchitecture.ARM64,
        operatingSystemFamily: OperatingSystemFamily.LINUX,
      },
      // All that it can write to; whose it is says VOLUME in docker/service.Dockerfile.
      volumes: [{ name: 'tmp' }],
    });
    acknowledge(
      definition,
      'AwsSolutions-ECS2',
      'settings, as every README has them; what is secret comes from Secrets Manager',
    );
    const container = definition.addContainer('service', {
      containerName: service,
      image: ContainerImage.fromAsset(IMAGE_CONTEXT.directory, {
        file: 'docker/service.Dockerfile',
        buildArgs: { APP: `apps/${service}`, PORT: String(port) },
        platform: Platform.LINUX_ARM64,
        exclude: IMAGE_CONTEXT.exclude,
      }),
      environment: {
        HOST: '0.0.0.0',
        PORT: String(port),
        // CloudFront and the load balancer each append the address they were called from.
        TRUSTED_PROXY_HOPS: '2',
        DRAIN_SECONDS: String(DRAIN_SECONDS),
        AWS_REGION: scope.region,
        ...environment,
      },
      secrets,
      portMappings: [{ containerPort: port }],
      readonlyRootFilesystem: true,
      linuxParameters: new LinuxParameters(this, 'linux', { initProcessEnabled: true }),
      stopTimeout: Duration.seconds(STOP_SECONDS),
      logging: LogDrivers.awsLogs({
        logGroup: this.logs,
        streamPrefix: service,
        // A service does not stand still because CloudWatch does.
        mode: AwsLogDriverMode.NON_BLOCKING,
        maxBufferSize: Size.mebibytes(16),
      }),
      healthCheck: {
        command: ['CMD', 'node', 'healthcheck.mjs'],
        interval: Duration.seconds(10),
        timeout: Duration.seconds(5),
        retries: 5,
        startPeriod: Duration.seconds(120),
      },
    });
    container.addMountPoints({ sourceVolume: 'tmp', containerPath: '/tmp', readOnly: false });
    return definition;
  }

  #behind(scope: PlatformStack, { service, vpc, entrance }: WebServiceProps): ApplicationTargetGroup {
    const { port, prefix, paths } = ROUTES[service];
    const targets = new ApplicationTargetGroup(this, 'targets', {
      targetGroupName: scope.name(service),
      vpc,
      port,
      protocol: ApplicationProtocol.HTTP,
      targetType: TargetType.IP,
      // Alive, not ready: what ECS finds unhealthy it replaces, and no new task makes a database answer that is down.
      healthCheck: {
        path: '/healthz',
        interval: Duration.seconds(10),
        healthyThresholdCount: 2,
        unhealthyThresholdCount: 3,
      },
      deregistrationDelay: Duration.seconds(30),
    });
    const rewritten = { values: [prefix, `${prefix}/*`], rewrite: true };
    const all = [rewritten, ...(paths.length === 0 ? [] : [{ values: [...paths], rewrite: false }])];
    for (const [index, { values, rewrite }] of all.entries()) {
      const rule = new CfnListenerRule(this, rewrite ? 'prefix' : 'paths', {
        listenerArn: entrance.listener.listenerArn,
        priority: (port - 3_000) * 10 + index,
        conditions: [
          { field: 'path-pattern', pathPatternConfig: { values } },
          ...(entrance.secret === undefined
            ? []
            : [
                {
                  field: 'http-header',
                  httpHeaderConfig: {
                    httpHeaderName: 'X-Origin-Secret',
                    values: [entrance.secret.secretValue.unsafeUnwrap()],
                  },
                },
              ]),
        ],
        actions: [{ type: 'forward', targetGroupArn: targets.targetGroupArn }],
        ...(rewrite && {
          transforms: [
            {
              type: 'url-rewrite',
              urlRewriteConfig: { rewrites: [{ regex: `^${prefix}/?(.*)$`, replace: '/$1' }] },
            },
          ],
        }),
      });
      // ECS refuses a target group that belongs to no load balancer yet.
      this.service.node.addDependency(rule);
    }
    return targets;
  }

  #scaling({ size, cluster, scalesByCpu }: WebServiceProps): ScalableTarget {
    const target = new ScalableTarget(this, 'scaling', {
      serviceNamespace: ServiceNamespace.ECS,
      scalableDimension: 'ecs:service:DesiredCount',
      resourceId: `service/${cluster.clusterName}/${this.service.serviceName}`,
      minCapacity: size.minTasks,
      maxCapacity: size.maxTasks,
    });
    if (scalesByCpu) {
      target.scaleToTrackMetric('cpu', {
        customMetric: this.cpu,
        targetValue: 60,
        scaleOutCooldown: Duration.seconds(60),
        scaleInCooldown: Duration.seconds(300),
      });
    }
    return target;
  }
}
