import { CfnInstanceConnectEndpoint, Port, SecurityGroup } from 'aws-cdk-lib/aws-ec2';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { instanceRole } from '../../constructs/instance-role.ts';
import { PlatformStack } from '../../constructs/platform-stack.ts';
import { hostGroup } from './group.ts';
import { BASTION_TAG, Hosts } from './hosts.ts';
import type { Way, WayProps } from './index.ts';

/** AWS ends a tunnel after an hour; IAM may ask for less. */
const LONGEST_SECONDS = 3_600;

/** The endpoint is in one subnet and reaches all of the VPC; who may use it is for IAM to say, not for addresses. */
export function byEndpoint(scope: Construct, { vpc, instanceType, access }: WayProps<'eice'>): Way {
  const { subnets } = access;
  const stack = PlatformStack.of(scope);
  const securityGroup = hostGroup(scope, vpc, 'nobody');
  const door = new SecurityGroup(scope, 'door', {
    vpc,
    description: 'EC2 Instance Connect Endpoint: it reaches bastion hosts and nothing else',
    allowAllOutbound: false,
  });
  door.connections.allowTo(securityGroup, Port.tcp(22), 'SSH, from the endpoint');
  const endpoint = new CfnInstanceConnectEndpoint(scope, 'endpoint', {
    subnetId: vpc.selectSubnets(subnets).subnetIds[0]!,
    securityGroupIds: [door.securityGroupId],
    // With the client's address its group could not be what is let in.
    preserveClientIp: false,
  });
  new Hosts(scope, 'host', {
    vpc,
    subnets,
    count: 1,
    securityGroup,
    role: instanceRole(scope, 'role', 'A bastion host: people get in by its endpoint'),
    behindLoadBalancer: false,
    instanceType,
  });
  const name = stack.name(scope.node.id);
  const ec2 = (resource: string) => `arn:${stack.partition}:ec2:${stack.region}:${stack.account}:${resource}`;
  return {
    securityGroup,
    statements: [
      new PolicyStatement({
        actions: ['ec2-instance-connect:OpenTunnel'],
        resources: [ec2(`instance-connect-endpoint/${endpoint.attrId}`)],
        conditions: {
          NumericEquals: { 'ec2-instance-connect:remotePort': '22' },
          NumericLessThanEquals: { 'ec2-instance-connect:maxTunnelDuration': String(LONGEST_SECONDS) },
        },
      }),
      // A key of one's own, for a minute.
      new PolicyStatement({
        actions: ['ec2-instance-connect:SendSSHPublicKey'],
        resources: [ec2('instance/*')],
        conditions: {
          StringEquals: { 'ec2:osuser': 'ec2-user', [`aws:ResourceTag/${BASTION_TAG}`]: name },
        },
      }),
      // EC2 knows no permission to describe some.
      new PolicyStatement({
        actions: ['ec2:DescribeInstances', 'ec2:DescribeInstanceConnectEndpoints'],
        resources: ['*'],
      }),
    ],
    command: `aws ec2-instance-connect ssh --connection-type eice --eice-options endpointId=${endpoint.attrId},maxTunnelDuration=${LONGEST_SECONDS} --instance-id $(aws ec2 describe-instances --filters Name=tag:${BASTION_TAG},Values=${name} Name=instance-state-name,Values=running --query Reservations[0].Instances[0].InstanceId --output text)`,
  };
}
