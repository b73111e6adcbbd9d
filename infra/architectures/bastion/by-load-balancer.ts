import { Duration } from 'aws-cdk-lib';
import { Port, SecurityGroup, SubnetType } from 'aws-cdk-lib/aws-ec2';
import {
  NetworkLoadBalancer,
  NetworkTargetGroup,
  Protocol,
  TargetType,
} from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import type { Construct } from 'constructs';
import { acknowledge } from '../../constructs/acknowledge.ts';
import { instanceRole } from '../../constructs/instance-role.ts';
import { exported, script, userDataOf } from '../../constructs/user-data/lines.ts';
import { PlatformStack } from '../../constructs/platform-stack.ts';
import { peersOf } from './cidrs.ts';
import { hostGroup } from './group.ts';
import { Hosts } from './hosts.ts';
import type { Way, WayProps } from './index.ts';
import { readHostKey, SSH_HOST, sshSettings } from './ssh-host.ts';

/** How long sessions may go on with a host that is to go; AWS has no more. */
const DRAIN = Duration.hours(1);
/** Hosts ask every minute whether a client is still there. AWS: 60 to 6,000 s, 350 by default. */
const IDLE = Duration.minutes(10);

/** Two hosts in two zones, behind a load balancer of layer 4. */
export function byLoadBalancer(scope: Construct, { vpc, instanceType, access }: WayProps<'nlb'>): Way {
  const ssh = Port.tcp(22);
  const door = new SecurityGroup(scope, 'door', {
    vpc,
    description: 'The load balancer of bastion hosts: known networks only',
    allowAllOutbound: false,
  });
  for (const peer of peersOf(access.cidrs)) door.addIngressRule(peer, ssh, 'People');
  const securityGroup = hostGroup(scope, vpc);
  door.connections.allowTo(securityGroup, ssh, 'SSH, by the load balancer');
  const balancer = new NetworkLoadBalancer(scope, 'nlb', {
    vpc,
    vpcSubnets: { subnetType: SubnetType.PUBLIC },
    internetFacing: true,
    // Now or never: one that is made without can get none later.
    securityGroups: [door],
    enforceSecurityGroupInboundRulesOnPrivateLinkTraffic: true,
    // A zone without a host is still a way to the other one.
    crossZoneEnabled: true,
    deletionProtection: PlatformStack.of(scope).parameters.keepsData,
  });
  acknowledge(
    balancer,
    'AwsSolutions-ELB2',
    'an NLB logs connections of TLS listeners only; sshd logs who came, with the address',
  );
  const role = instanceRole(scope, 'role', 'Bastion hosts: they fetch their host key');
  role.addToPolicy(readHostKey(access));
  const hosts = new Hosts(scope, 'hosts', {
    vpc,
    subnets: access.subnets,
    count: 2,
    securityGroup,
    role,
    userData: userDataOf([...exported(sshSettings(scope, access)), script(SSH_HOST)]),
    behindLoadBalancer: true,
    instanceType,
  });
  const targets = new NetworkTargetGroup(scope, 'targets', {
    vpc,
    port: 22,
    protocol: Protocol.TCP,
    targetType: TargetType.INSTANCE,
    preserveClientIp: true,
    healthCheck: {
      protocol: Protocol.TCP,
      interval: Duration.seconds(10),
      healthyThresholdCount: 2,
      unhealthyThresholdCount: 2,
    },
    // No new sessions, and those that are there go on; Auto Scaling waits for that before it ends the host.
    deregistrationDelay: DRAIN,
    connectionTermination: false,
  });
  hosts.group.attachToNetworkTargetGroup(targets);
  balancer.addListener('ssh', {
    port: 22,
    protocol: Protocol.TCP,
    tcpIdleTimeout: IDLE,
    defaultTargetGroups: [targets],
  });
  return {
    securityGroup,
    statements: [],
    command: `ssh -J jump@${balancer.loadBalancerDnsName} ec2-user@10.0.0.1`,
  };
}
