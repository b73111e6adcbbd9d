import { CfnOutput } from 'aws-cdk-lib';
import { CfnWebACLAssociation } from 'aws-cdk-lib/aws-wafv2';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { blocklistTargets } from '../../constructs/blocklist-targets.ts';
import type { PlatformStack } from '../../constructs/platform-stack.ts';
import { PublicBalancer, type PublicBalancerProps } from '../../constructs/public-balancer.ts';
import { RetainedRuleGroup } from '../../constructs/retained-rule-group.ts';
import { webAcl, webAclLog } from '../../constructs/web-acl.ts';

export interface BlockAlbWafProps extends PublicBalancerProps {
  /** From one address; beyond them it gets 429 until they are fewer. */
  requestsPerFiveMinutes: number;
  /** Rules of AWSManagedRulesCommonRuleSet that only count, as they would turn away what is right here. */
  counted?: readonly string[];
  /** Where the web ACL writes: a bucket whose name begins with aws-waf-logs-, and that lets it (letLogsIn). */
  webAclLogs: Bucket;
}

/** client → network ACL → web ACL → ALB → security group → EC2: see README.md. */
export class BlockAlbWaf extends Construct {
  readonly balancer: PublicBalancer;
  readonly webAclArn: string;
  /** Whose rules and IP sets are ip-blocklist's. */
  readonly ruleGroupName: string;
  /** TARGETS_YAML of ip-blocklist. */
  readonly blocklistTargets: string;

  constructor(scope: PlatformStack, id: string, props: BlockAlbWafProps) {
    super(scope, id);
    const name = scope.name(`${id}-alb`);
    this.balancer = new PublicBalancer(this, 'public', props);
    const blocklist = new RetainedRuleGroup(scope, `${id}-blocklist`, {
      name: `${name}-blocklist`,
      webAclScope: 'REGIONAL',
    });
    this.ruleGroupName = blocklist.name;
    const acl = webAcl(this, 'web-acl', {
      name,
      description: 'Who gets to the load balancer',
      webAclScope: 'REGIONAL',
      blocklistArn: blocklist.arn,
      requestsPerFiveMinutes: props.requestsPerFiveMinutes,
      counted: props.counted ?? [],
    });
    this.webAclArn = acl.attrArn;
    new CfnWebACLAssociation(this, 'in-front', {
      webAclArn: acl.attrArn,
      resourceArn: this.balancer.loadBalancer.loadBalancerArn,
    });
    const log = webAclLog(this, 'log', acl.attrArn, props.webAclLogs.bucketArn);
    // Not before it may.
    log.node.addDependency(props.webAclLogs);
    this.blocklistTargets = blocklistTargets(this, [
      {
        name: id,
        kind: 'waf-ip-set',
        topology: 'alb-waf',
        mode: 'auto',
        region: scope.region,
        ruleGroup: blocklist.name,
      },
      ...this.balancer.toldTargets('alb-waf'),
    ]);
    new CfnOutput(this, 'network-acl', { value: this.balancer.networkAcl.id });
    new CfnOutput(this, 'address', { value: this.balancer.loadBalancer.loadBalancerDnsName });
  }
}
