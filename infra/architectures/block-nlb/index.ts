import { CfnOutput, Duration } from 'aws-cdk-lib';
import {
  Peer,
  Port,
  SecurityGroup,
  SubnetType,
  UserData,
  type IVpc,
  type SubnetSelection,
} from 'aws-cdk-lib/aws-ec2';
import {
  NetworkLoadBalancer,
  NetworkTargetGroup,
  Protocol,
  TargetType,
} from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { Construct } from 'constructs';
import { acknowledge } from '../../constructs/acknowledge.ts';
import { blocklistTargets } from '../../constructs/blocklist-targets.ts';
import { OpenNetworkAcl } from '../../constructs/open-network-acl.ts';
import type { PlatformStack } from '../../constructs/platform-stack.ts';
import { Servers } from '../../constructs/servers.ts';
import { agentUserData, type AgentProps } from '../block-ec2/agent.ts';

export interface BlockNlbProps extends AgentProps {
  vpc: IVpc;
  /** Of the servers: private, with a way out for packages. */
  inside: SubnetSelection;
  /** That clients call, and servers listen on; TCP. */
  port: number;
  /** Starts what listens there, after the agent: a part of a script for bash. */
  start: string;
  instanceType?: string;
}

/** client → network ACL → NLB → network ACL → security group → nftables → server: see README.md. */
export class BlockNlb extends Construct {
  readonly loadBalancer: NetworkLoadBalancer;
  readonly servers: Servers;
  /** Of the load balancer's subnets, and of the servers'. */
  readonly networkAcls: { loadBalancer: OpenNetworkAcl; servers: OpenNetworkAcl };
  /** TARGETS_YAML of ip-blocklist. */
  readonly blocklistTargets: string;

  constructor(scope: PlatformStack, id: string, props: BlockNlbProps) {
    super(scope, id);
    const { vpc, inside, port } = props;
    const outside = { subnetType: SubnetType.PUBLIC };
    const acl = (name: string, subnets: SubnetSelection) =>
      new OpenNetworkAcl(this, name, { vpc, subnets, name: scope.name(`${id}-${name}`) });
    this.networkAcls = {
      loadBalancer: acl('balancer-denials', outside),
      servers: acl('server-denials', inside),
    };

    const group = new SecurityGroup(this, 'group', {
      vpc,
      description: 'The load balancer: its port',
      allowAllOutbound: false,
    });
    group.addIngressRule(Peer.anyIpv4(), Port.tcp(port), 'Everybody');
    acknowledge(
      group,
      'AwsSolutions-EC23',
      'it serves the public; network ACLs and nftables say who is denied',
    );
    this.loadBalancer = new NetworkLoadBalancer(this, 'nlb', {
      vpc,
      vpcSubnets: outside,
      internetFacing: true,
      // Now or never: one that is made without can get none later.
      securityGroups: [group],
      // Who comes by an endpoint service of PrivateLink has to pass the group as well.
      enforceSecurityGroupInboundRulesOnPrivateLinkTraffic: true,
      crossZoneEnabled: true,
      deletionProtection: scope.parameters.keepsData,
    });
    acknowledge(
      this.loadBalancer,
      'AwsSolutions-ELB2',
      'an NLB logs connections of TLS listeners only: who comes is in the flow logs of the network',
    );
    this.servers = this.#servers(props);
    const { securityGroup } = this.servers;
    // By the group and not by addresses: what does not come through the load balancer is not let in.
    securityGroup.addIngressRule(group, Port.tcp(port), 'The load balancer, in the name of clients');
    group.addEgressRule(securityGroup, Port.tcp(port), 'Servers');
    this.#listen(props);
    this.blocklistTargets = this.#targets(id, port, group);
    const { loadBalancer, servers } = this.networkAcls;
    new CfnOutput(this, 'balancer-acl', { value: loadBalancer.id });
    new CfnOutput(this, 'server-acl', { value: servers.id });
    new CfnOutput(this, 'address', { value: this.loadBalancer.loadBalancerDnsName });
  }

  #servers(props: BlockNlbProps): Servers {
    const { vpc, inside, instanceType, start } = props;
    return new Servers(this, 'servers', {
      vpc,
      subnets: inside,
      instanceType,
      userData: (role) => {
        const agent = agentUserData(this, role, props).render();
        return UserData.custom(`${agent}\n${start}`);
      },
    });
  }

  #listen({ vpc, port }: BlockNlbProps): void {
    const targets = new NetworkTargetGroup(this, 'targets-group', {
      vpc,
      port,
      protocol: Protocol.TCP,
      // By instance the client's address is kept anyway; said, so that nobody turns it off unawares.
      targetType: TargetType.INSTANCE,
      preserveClientIp: true,
      healthCheck: { protocol: Protocol.TCP, interval: Duration.seconds(10), healthyThresholdCount: 2 },
      // What is under way may end; then it is cut off, instead of going on with a server that is to go.
      deregistrationDelay: Duration.seconds(60),
      connectionTermination: true,
    });
    this.servers.group.attachToNetworkTargetGroup(targets);
    this.loadBalancer.addListener('listener', {
      port,
      protocol: Protocol.TCP,
      defaultTargetGroups: [targets],
    });
  }

  #targets(id: string, port: number, group: SecurityGroup): string {
    const topology = 'nlb';
    const acl = ({ id: networkAcl }: OpenNetworkAcl) => ({
      kind: 'network-acl',
      topology,
      networkAcl,
      rules: OpenNetworkAcl.DENIALS,
    });
    const { loadBalancer, servers } = this.networkAcls;
    return blocklistTargets(this, [
      { name: `${id}-nlb-subnets`, ...acl(loadBalancer), subnetsOf: 'load-balancer' },
      { name: `${id}-server-subnets`, ...acl(servers), subnetsOf: 'targets', clientIp: 'preserved' },
      {
        name: `${id}-servers`,
        kind: 'security-group',
        topology,
        securityGroup: this.servers.securityGroup.securityGroupId,
        admits: { securityGroup: group.securityGroupId },
        loadBalancerGroup: 'at-creation',
        ports: [port],
      },
    ]);
  }
}
