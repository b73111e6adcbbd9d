import { text, type Model, type Properties, type Resource } from '../model.ts';
import type { PriceList } from './price-list.ts';

export const HOURS = 730;

/** What a resource costs a month while nobody uses anything, in USD; undefined: it is nothing that we know the price of. */
export type CostOf = (resource: Resource, model: Model, prices: PriceList) => number;

const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
const part = (properties: Properties, name: string): Properties => (properties[name] ?? {}) as Properties;

function hourOfInstance(type: string, path: string, prices: PriceList): number {
  const hour = prices.instanceHour[type];
  if (hour === undefined) throw new Error(`${path}: add what a ${type} costs to cost/prices.yaml`);
  return hour;
}

/** Of an instance, or of a launch template: both say it alike. */
const monthOfVolumes = (properties: Properties, prices: PriceList): number =>
  list(properties['BlockDeviceMappings'])
    .map((one) => Number(part(one as Properties, 'Ebs')['VolumeSize'] ?? 0))
    .reduce((sum, gib) => sum + gib * prices.gp3GbMonth, 0);

const hasPublicAddress = (properties: Properties): boolean =>
  list(properties['NetworkInterfaces']).some(
    (one) => (one as Properties)['AssociatePublicIpAddress'] === true,
  );

/** By CloudFormation's type. */
export const COSTS: Record<string, CostOf> = {
  'AWS::EC2::NatGateway': (_resource, _model, prices) => prices.natGatewayHour * HOURS,
  'AWS::EC2::EIP': (_resource, _model, prices) => prices.publicAddressHour * HOURS,
  'AWS::EC2::Instance': ({ properties, path }, _model, prices) =>
    hourOfInstance(text(properties['InstanceType']), path, prices) * HOURS +
    monthOfVolumes(properties, prices) +
    (hasPublicAddress(properties) ? prices.publicAddressHour * HOURS : 0),
  'AWS::EC2::Volume': ({ properties }, _model, prices) => Number(properties['Size']) * prices.gp3GbMonth,
  // As many as there are when nothing happens.
  'AWS::AutoScaling::AutoScalingGroup': (resource, model, prices) => {
    const least = Number(resource.properties['DesiredCapacity'] ?? resource.properties['MinSize']);
    if (least === 0) return 0;
    const [template] = model.references(resource, 'LaunchTemplate');
    if (template === undefined) throw new Error(`${resource.path}: nothing says what its instances are`);
    const data = part(template.properties, 'LaunchTemplateData');
    const instance =
      hourOfInstance(text(data['InstanceType']), resource.path, prices) * HOURS +
      monthOfVolumes(data, prices) +
      (hasPublicAddress(data) ? prices.publicAddressHour * HOURS : 0);
    return least * instance;
  },
  'AWS::EC2::VPCEndpoint': ({ properties }, _model, prices) =>
    properties['VpcEndpointType'] === 'Interface'
      ? prices.interfaceEndpointZoneHour * list(properties['SubnetIds']).length * HOURS
      : 0,
  'AWS::ElasticLoadBalancingV2::LoadBalancer': ({ properties }, _model, prices) => {
    // One address in each zone.
    const addresses = properties['Scheme'] === 'internet-facing' ? list(properties['Subnets']).length : 0;
    return (prices.loadBalancerHour + addresses * prices.publicAddressHour) * HOURS;
  },
  'AWS::ECS::Service': (resource, model, prices) => {
    const [definition] = model.references(resource, 'TaskDefinition');
    const { Cpu, Memory } = definition?.properties ?? {};
    const scaling = model.resources.find(
      (one) => one.type.endsWith('ScalableTarget') && model.references(one, 'ResourceId').includes(resource),
    );
    const hour =
      (Number(Cpu) / 1_024) * prices.fargateArmVcpuHour + (Number(Memory) / 1_024) * prices.fargateArmGbHour;
    return Number(scaling?.properties['MinCapacity'] ?? 1) * hour * HOURS;
  },
  'AWS::RDS::DBInstance': (resource, model, prices) => {
    const [cluster] = model.references(resource, 'DBClusterIdentifier');
    const { MinCapacity } = part(cluster?.properties ?? {}, 'ServerlessV2ScalingConfiguration');
    return Number(MinCapacity) * prices.auroraAcuHour * HOURS;
  },
  'AWS::ElastiCache::ServerlessCache': (_resource, _model, prices) =>
    prices.valkeyServerlessLeastGb * prices.valkeyServerlessGbHour * HOURS,
  'AWS::ElastiCache::CacheCluster': ({ properties, path }, _model, prices) => {
    const type = text(properties['CacheNodeType']);
    const hour = prices.cacheNodeHour[type];
    if (hour === undefined) throw new Error(`${path}: add what a ${type} costs to cost/prices.yaml`);
    return Number(properties['NumCacheNodes']) * hour * HOURS;
  },
  // Each rule, ip-blocklist's group counting as one of its own.
  'AWS::WAFv2::WebACL': ({ properties }, _model, prices) =>
    prices.webAcl + prices.webAclRule * (list(properties['Rules']).length + 1),
  'AWS::CloudWatch::Alarm': ({ properties }, _model, prices) =>
    prices.alarmMetric *
    Math.max(
      1,
      list(properties['Metrics']).filter((one) => (one as Properties)['MetricStat'] !== undefined).length,
    ),
  'AWS::CloudWatch::Dashboard': (_resource, _model, prices) => prices.dashboard,
  'AWS::SecretsManager::Secret': (_resource, _model, prices) => prices.secret,
  'AWS::KMS::Key': (_resource, _model, prices) => prices.key,
  'AWS::FSx::FileSystem': ({ properties, path }, _model, prices) => {
    const kind = text(part(properties, 'LustreConfiguration')['DeploymentType']);
    const gb = prices.lustreGb[kind];
    if (gb === undefined) throw new Error(`${path}: add what a GB of ${kind} costs to cost/prices.yaml`);
    return Number(properties['StorageCapacity']) * gb;
  },
};

/** What costs nothing by being there: only what is done with it does, or nothing at all. */
const FREE = [
  /^Custom::/,
  /^AWS::IAM::/,
  /^AWS::(S3|SQS|SNS|Events|Lambda|Logs|EFS|DataSync|SSM|CloudFront|Batch|ApiGatewayV2|CertificateManager)::/,
  /^AWS::EC2::(VPC|Subnet|RouteTable|SubnetRouteTableAssociation|Route|InternetGateway|VPCGatewayAttachment|FlowLog|SecurityGroup\w*|LaunchTemplate|PlacementGroup|EIPAssociation|NetworkAcl\w*|SubnetNetworkAclAssociation|InstanceConnectEndpoint|VolumeAttachment)$/,
  /^AWS::WAFv2::(LoggingConfiguration|WebACLAssociation)$/,
  /^AWS::ECS::(Cluster|TaskDefinition)$/,
  /^AWS::RDS::(DBCluster|DBClusterParameterGroup|DBSubnetGroup)$/,
  /^AWS::ElastiCache::SubnetGroup$/,
  /^AWS::ElasticLoadBalancingV2::(Listener|ListenerRule|TargetGroup)$/,
  /^AWS::ApplicationAutoScaling::/,
  /^AWS::AutoScaling::(LaunchConfiguration|LifecycleHook|ScalingPolicy|ScheduledAction)$/,
  /^AWS::FSx::DataRepositoryAssociation$/,
  /^AWS::SecretsManager::SecretTargetAttachment$/,
];

export interface Line {
  stack: string;
  what: string;
  count: number;
  usd: number;
}

/** Of one stage, dearest first. Throws for a type that nobody has thought about. */
export function costs(model: Model, stage: string, prices: PriceList): Line[] {
  const lines = new Map<string, Line>();
  for (const resource of model.resources) {
    if (resource.stage !== stage) continue;
    const { type, stack, path } = resource;
    const cost = COSTS[type];
    if (cost === undefined && !FREE.some((free) => free.test(type))) {
      throw new Error(`${stage}/${stack}/${path}: say in cost/cost-of.ts what a ${type} costs`);
    }
    const usd = cost?.(resource, model, prices) ?? 0;
    if (usd === 0) continue;
    const what = type.replace(/^AWS::/, '').replaceAll('::', ' ');
    const line = lines.get(`${stack}/${what}`) ?? { stack, what, count: 0, usd: 0 };
    lines.set(`${stack}/${what}`, { ...line, count: line.count + 1, usd: line.usd + usd });
  }
  return [...lines.values()].toSorted((a, b) => b.usd - a.usd);
}
