import type { Bucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import type { PlatformStack } from '../../constructs/platform-stack.ts';
import { RetainedRuleGroup } from '../../constructs/retained-rule-group.ts';
import { webAcl, webAclLog } from '../../constructs/web-acl.ts';

export interface CloudFrontFirewallProps {
  /** From one address; beyond them it gets 429 until they are fewer. */
  requestsPerFiveMinutes: number;
  /** Rules of AWSManagedRulesCommonRuleSet that only count, as they would turn away what is right here. */
  counted?: readonly string[];
  /** Where the web ACL writes: a bucket whose name begins with aws-waf-logs-, and that lets it (letLogsIn). */
  logs: Bucket;
}

/** What CloudFront asks about each request. In a stack in us-east-1, wherever the rest is: its web ACLs are there. */
export class CloudFrontFirewall extends Construct {
  readonly webAclArn: string;
  /** Whose rules and IP sets are ip-blocklist's. */
  readonly ruleGroupName: string;

  constructor(scope: PlatformStack, id: string, props: CloudFrontFirewallProps) {
    super(scope, id);
    const name = scope.name(`${id}-cdn`);
    // Refuses every region but us-east-1.
    const blocklist = new RetainedRuleGroup(scope, `${id}-blocklist`, { name: `${name}-blocklist` });
    this.ruleGroupName = blocklist.name;
    const acl = webAcl(this, 'web-acl', {
      name,
      description: 'Who gets to CloudFront',
      webAclScope: 'CLOUDFRONT',
      blocklistArn: blocklist.arn,
      requestsPerFiveMinutes: props.requestsPerFiveMinutes,
      counted: props.counted ?? [],
    });
    this.webAclArn = acl.attrArn;
    const log = webAclLog(this, 'log', acl.attrArn, props.logs.bucketArn);
    // Not before it may.
    log.node.addDependency(props.logs);
  }
}
