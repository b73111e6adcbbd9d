import { SecurityGroup, Connections, Port, Vpc, SubnetType } from 'aws-cdk-lib/aws-ec2';
import { ApplicationLoadBalancer, ListenerAction } from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { ApiGatewayCache, type Logic } from '../constructs/api-gateway-cache/index.ts';
import { PlatformStack } from '../constructs/platform-stack.ts';
import { parametersOf, testApp } from './stage.ts';

const WEB_ACL = 'arn:aws:wafv2:us-east-1:123456789012:global/webacl/groundwork-dev-edge/0';

/** The chain with either kind of logic, in front of a Valkey and a PostgreSQL that are there already. */
export function exampleOf(kind: Logic['kind'], app = testApp()): PlatformStack {
  const stack = new PlatformStack(app, `api-${kind}`, {
    parameters: parametersOf('dev'),
    description: 'Example',
  });
  const vpc = new Vpc(stack, 'vpc', { maxAzs: 2, natGateways: 1 });
  const inside = { subnetType: SubnetType.PRIVATE_WITH_EGRESS };
  const group = (id: string) => new SecurityGroup(stack, id, { vpc, allowAllOutbound: false });
  const on = (id: string, port: number) =>
    new Connections({ securityGroups: [group(id)], defaultPort: Port.tcp(port) });
  const behind = { store: on('valkey', 6_379), database: on('postgres', 5_432) };

  const toFunction = (): Logic => ({
    kind: 'lambda',
    function: new LambdaFunction(stack, 'logic', {
      runtime: Runtime.NODEJS_24_X,
      handler: 'index.handler',
      code: Code.fromInline('exports.handler = async () => ({ statusCode: 200 });'),
      vpc,
      vpcSubnets: inside,
      securityGroups: [group('logic-group')],
    }),
  });
  const toListener = (): Logic => {
    const balancer = new ApplicationLoadBalancer(stack, 'alb', { vpc, vpcSubnets: inside });
    const listener = balancer.addListener('listener', {
      port: 80,
      open: false,
      defaultAction: ListenerAction.fixedResponse(404),
    });
    const tasks = new Connections({ securityGroups: [group('tasks')] });
    return {
      kind: 'vpc-link',
      vpc,
      subnets: inside,
      listener,
      port: Port.tcp(80),
      tasks: { connections: tasks },
    };
  };

  new ApiGatewayCache(stack, 'products', {
    logic: kind === 'lambda' ? toFunction() : toListener(),
    store: { connections: behind.store },
    database: { connections: behind.database },
    webAclArn: WEB_ACL,
    throttle: { requestsPerSecond: 500, burst: 1_000 },
  });
  return stack;
}
