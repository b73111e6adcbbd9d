import { Peer, Port, SubnetType } from 'aws-cdk-lib/aws-ec2';
import { ApplicationProtocol, ListenerAction } from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { Construct } from 'constructs';
import { acknowledge } from './acknowledge.ts';
import type { BlocklistTarget } from './blocklist-targets.ts';
import { OpenNetworkAcl } from './open-network-acl.ts';
import { PlatformStack } from './platform-stack.ts';
import { ServerBalancer, type ServerBalancerProps } from './server-balancer.ts';

export type PublicBalancerProps = Omit<ServerBalancerProps, 'otherwise'>;

/** Servers behind an ALB that everybody gets to whom the network ACL of its subnets does not deny. Named as what it is in. */
export class PublicBalancer extends ServerBalancer {
  /** Of the load balancer's subnets: the last that sees clients. */
  readonly networkAcl: OpenNetworkAcl;
  readonly #name: string;
  readonly #port: number;

  constructor(scope: Construct, id: string, props: PublicBalancerProps) {
    super(scope, id, props);
    this.#name = scope.node.id;
    this.#port = props.port;
    this.networkAcl = new OpenNetworkAcl(this, 'denials', {
      vpc: props.vpc,
      subnets: { subnetType: SubnetType.PUBLIC },
      name: PlatformStack.of(this).name(scope.node.id),
    });
    this.securityGroup.addIngressRule(Peer.anyIpv4(), Port.tcp(443), 'Everybody');
    this.securityGroup.addIngressRule(Peer.anyIpv4(), Port.tcp(80), 'Everybody, to be sent to 443');
    acknowledge(
      this.securityGroup,
      'AwsSolutions-EC23',
      'it serves the public; who is denied is for what can deny to say',
    );
    this.loadBalancer.addListener('plain', {
      port: 80,
      protocol: ApplicationProtocol.HTTP,
      open: false,
      defaultAction: ListenerAction.redirect({ protocol: 'HTTPS', port: '443', permanent: true }),
    });
  }

  /** What ip-blocklist is told of it. */
  toldTargets(topology: 'alb' | 'alb-waf'): BlocklistTarget[] {
    return [
      {
        name: `${this.#name}-subnets`,
        kind: 'network-acl',
        topology,
        networkAcl: this.networkAcl.id,
        subnetsOf: 'load-balancer',
        rules: OpenNetworkAcl.DENIALS,
      },
      {
        name: `${this.#name}-servers`,
        kind: 'security-group',
        topology,
        securityGroup: this.servers.securityGroup.securityGroupId,
        admits: { securityGroup: this.securityGroup.securityGroupId },
        ports: [this.#port],
      },
    ];
  }
}
