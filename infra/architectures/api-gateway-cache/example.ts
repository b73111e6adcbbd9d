import { SecurityGroup, Connections, Port, SubnetType } from 'aws-cdk-lib/aws-ec2';
import { ApplicationLoadBalancer, ListenerAction } from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { acknowledge } from '../../constructs/acknowledge.ts';
import { exampleLogs, exampleStack, exampleVpc } from '../example-stack.ts';
import { ApiGatewayCache, type Logic } from './index.ts';

const WEB_ACL = 'arn:aws:wafv2:us-east-1:123456789012:global/webacl/groundwork-example-edge/0';

/** The chain with either kind of logic, in front of a Valkey and a PostgreSQL that are there already. */
export function example(stage: Construct): void {
  for (const kind of ['vpc-link', 'lambda'] as const) chain(stage, kind);
}

function chain(stage: Construct, kind: Logic['kind']): void {
  const stack = exampleStack(stage, `api-${kind}`, 'CloudFront, API Gateway, logic, cache');
  const vpc = exampleVpc(stack, { natGateways: 1 });
  const inside = { subnetType: SubnetType.PRIVATE_WITH_EGRESS };
  const group = (id: string) => new SecurityGroup(stack, id, { vpc, allowAllOutbound: false });
  const on = (id: string, port: number) =>
    new Connections({ securityGroups: [group(id)], defaultPort: Port.tcp(port) });
  const behind = { store: on('valkey', 6_379), database: on('postgres', 5_432) };

  const toFunction = (): Logic => {
    const logic = new LambdaFunction(stack, 'logic', {
      runtime: Runtime.NODEJS_24_X,
      handler: 'index.handler',
      code: Code.fromInline('exports.handler = async () => ({ statusCode: 200 });'),
      vpc,
      vpcSubnets: inside,
      securityGroups: [group('logic-group')],
    });
    for (const policy of ['AWSLambdaBasicExecutionRole', 'AWSLambdaVPCAccessExecutionRole']) {
      acknowledge(
        logic,
        `AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/${policy}]`,
        'the example stands for a function of yours, and this is what the CDK gives it',
      );
    }
    return { kind: 'lambda', function: logic };
  };
  const toListener = (): Logic => {
    const balancer = new ApplicationLoadBalancer(stack, 'alb', { vpc, vpcSubnets: inside });
    balancer.logAccessLogs(exampleLogs(stack));
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

  new ApiGatewayCache(stack, `products-${kind}`, {
    logic: kind === 'lambda' ? toFunction() : toListener(),
    store: { connections: behind.store },
    database: { connections: behind.database },
    webAclArn: WEB_ACL,
    throttle: { requestsPerSecond: 500, burst: 1_000 },
  });
}
