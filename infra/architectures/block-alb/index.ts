import { CfnOutput } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { blocklistTargets } from '../../constructs/blocklist-targets.ts';
import { PublicBalancer, type PublicBalancerProps } from '../../constructs/public-balancer.ts';

export type BlockAlbProps = PublicBalancerProps;

/** client → network ACL → ALB → security group → EC2: see README.md. */
export class BlockAlb extends Construct {
  readonly balancer: PublicBalancer;
  /** TARGETS_YAML of ip-blocklist. */
  readonly blocklistTargets: string;

  constructor(scope: Construct, id: string, props: BlockAlbProps) {
    super(scope, id);
    this.balancer = new PublicBalancer(this, 'public', props);
    this.blocklistTargets = blocklistTargets(this, this.balancer.toldTargets('alb'));
    new CfnOutput(this, 'network-acl', { value: this.balancer.networkAcl.id });
    new CfnOutput(this, 'address', { value: this.balancer.loadBalancer.loadBalancerDnsName });
  }
}
