import { text, type Model, type Resource } from '../model.ts';

/** What is drawn, of all that there is: by CloudFormation's type, what it is called there, and its colour. */
const DRAWN: Record<string, { kind: string; colour: string }> = {
  'AWS::CloudFront::Distribution': { kind: 'CloudFront', colour: '#8c4fff' },
  'AWS::WAFv2::WebACL': { kind: 'web ACL', colour: '#dd344c' },
  'AWS::ElasticLoadBalancingV2::LoadBalancer': { kind: 'load balancer', colour: '#8c4fff' },
  'AWS::ECS::Service': { kind: 'service on Fargate', colour: '#ed7100' },
  'AWS::Lambda::Function': { kind: 'function', colour: '#ed7100' },
  'AWS::RDS::DBCluster': { kind: 'Aurora PostgreSQL', colour: '#c925d1' },
  'AWS::ElastiCache::ServerlessCache': { kind: 'Valkey', colour: '#c925d1' },
  'AWS::ElastiCache::CacheCluster': { kind: 'memcached', colour: '#c925d1' },
  'AWS::S3::Bucket': { kind: 'bucket', colour: '#7aa116' },
  'AWS::SNS::Topic': { kind: 'topic', colour: '#e7157b' },
  'AWS::SQS::Queue': { kind: 'queue', colour: '#e7157b' },
  'AWS::Events::Rule': { kind: 'EventBridge rule', colour: '#e7157b' },
  'AWS::Batch::JobQueue': { kind: 'Batch', colour: '#ed7100' },
  'AWS::FSx::FileSystem': { kind: 'FSx for Lustre', colour: '#7aa116' },
  'AWS::EFS::FileSystem': { kind: 'EFS', colour: '#7aa116' },
  'AWS::DataSync::Task': { kind: 'DataSync', colour: '#01a88d' },
  'AWS::AutoScaling::AutoScalingGroup': { kind: 'Spot pool', colour: '#ed7100' },
};

export interface Node {
  id: string;
  stack: string;
  name: string;
  kind: string;
  colour: string;
}
export interface Edge {
  from: string;
  to: string;
}

const STORES = new Set(['AWS::S3::Bucket', 'AWS::SQS::Queue', 'AWS::SNS::Topic', 'AWS::DataSync::Task']);
/** Actions by which something comes out of what they are on. */
const TAKES = /^(sqs:ReceiveMessage|s3:GetObject)$/;
const GIVES = /^(sqs:SendMessage|sns:Publish|s3:PutObject|datasync:StartTaskExecution)$/;

/** The parts of a stage and what flows between them, as its templates say: by references, policies and security groups. */
export function graphOf(model: Model, stage: string): { nodes: Node[]; edges: Edge[] } {
  const all = model.resources.filter((one) => one.stage === stage);
  const of = (type: string): Resource[] => all.filter((one) => one.type === type);
  const isDrawn = ({ type, path, stack }: Resource): boolean =>
    type in DRAWN &&
    !path.includes('dead-letters') &&
    // The others are CloudFormation's helpers.
    (type !== 'AWS::Lambda::Function' || stack === 'services') &&
    // Alarms go to people.
    stack !== 'observability';
  const drawn = all.filter(isDrawn);
  const key = ({ stack, id }: Resource): string => `${stack}.${id}`;
  const edges = new Map<string, Edge>();
  const flow = (from: Resource | undefined, to: Resource | undefined): void => {
    if (from === undefined || to === undefined || from === to || !isDrawn(from) || !isDrawn(to)) return;
    edges.set(`${key(from)} ${key(to)}`, { from: key(from), to: key(to) });
  };

  for (const distribution of of('AWS::CloudFront::Distribution')) {
    for (const part of model.references(distribution)) {
      if (part.type === 'AWS::WAFv2::WebACL') {
        flow(part, distribution);
        continue;
      }
      const origins = part.type === 'AWS::CloudFront::VpcOrigin' ? model.references(part) : [part];
      for (const origin of origins) flow(distribution, origin);
    }
  }
  const loadBalancer = of('AWS::ElasticLoadBalancingV2::LoadBalancer')[0];
  for (const service of of('AWS::ECS::Service')) {
    flow(loadBalancer, service);
    const [definition] = model.references(service, 'TaskDefinition');
    if (definition === undefined) continue;
    const [role] = model.references(definition, 'TaskRoleArn');
    permitted(service, role);
    const settings = JSON.stringify(definition.properties['ContainerDefinitions']);
    for (const queue of of('AWS::Batch::JobQueue')) {
      if (settings.includes(`"${text(queue.properties['JobQueueName'])}"`)) flow(service, queue);
    }
  }
  for (const worker of of('AWS::Lambda::Function')) {
    permitted(worker, model.references(worker, 'Role')[0]);
  }
  for (const mapping of of('AWS::Lambda::EventSourceMapping')) {
    const [queue, worker] = ['EventSourceArn', 'FunctionName'].map(
      (name) => model.references(mapping, name)[0],
    );
    flow(queue, worker);
  }
  for (const subscription of of('AWS::SNS::Subscription')) {
    const [topic, endpoint] = ['TopicArn', 'Endpoint'].map((name) => model.references(subscription, name)[0]);
    flow(topic, endpoint);
  }
  for (const bucket of of('AWS::S3::Bucket')) {
    for (const told of model.references(bucket, 'NotificationConfiguration')) flow(bucket, told);
  }
  for (const rule of of('AWS::Events::Rule')) {
    for (const source of model.references(rule, 'EventPattern')) flow(source, rule);
    for (const target of model.references(rule, 'Targets')) flow(rule, target);
  }
  // Who may connect to a database or a cache.
  for (const ingress of of('AWS::EC2::SecurityGroupIngress')) {
    const [to, from] = ['GroupId', 'SourceSecurityGroupId'].map((name) =>
      members(model.references(ingress, name)[0]),
    );
    for (const one of from ?? [])
      for (const other of to ?? []) if (/RDS|ElastiCache/.test(other.type)) flow(one, other);
  }
  for (const linked of [...of('AWS::FSx::DataRepositoryAssociation'), ...of('AWS::DataSync::LocationS3')]) {
    const bucket = model.references(linked).find(({ type }) => type === 'AWS::S3::Bucket');
    const system = model.references(linked).find(({ type }) => type === 'AWS::FSx::FileSystem');
    flow(bucket, system);
    for (const task of of('AWS::DataSync::Task'))
      if (model.references(task).includes(linked)) flow(task, bucket);
  }
  return {
    nodes: drawn.map(nodeOf).toSorted((a, b) => a.id.localeCompare(b.id)),
    edges: [...edges.values()],
  };

  /** What the policies of a role let it take from, and give to. */
  function permitted(who: Resource, role: Resource | undefined): void {
    for (const policy of of('AWS::IAM::Policy')) {
      if (role === undefined || !model.references(policy, 'Roles').includes(role)) continue;
      const { Statement: statements } = policy.properties['PolicyDocument'] as unknown as {
        Statement: { Action: string | string[]; Resource: never }[];
      };
      for (const { Action, Resource } of statements) {
        const actions = [Action].flat();
        for (const store of model.within(policy, Resource)) {
          if (!STORES.has(store.type)) continue;
          if (actions.some((action) => TAKES.test(action))) flow(store, who);
          if (actions.some((action) => GIVES.test(action))) flow(who, store);
        }
      }
    }
  }

  function members(group: Resource | undefined): Resource[] {
    return group === undefined ? [] : drawn.filter((one) => model.references(one).includes(group));
  }

  function nodeOf(resource: Resource): Node {
    const { kind, colour } = DRAWN[resource.type]!;
    const [name = resource.id] = resource.path.split('/');
    return { id: key(resource), stack: resource.stack, name, kind, colour };
  }
}
