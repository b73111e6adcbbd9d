import { CustomResource, Duration, Token } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { acknowledgeWildcard } from './acknowledge-wildcard.ts';
import { Handler } from './handler.ts';
import type { PlatformStack } from './platform-stack.ts';

/** Room for 50 IP sets, which is as many as a group may refer to, and for all countries. Fixed when it is made. */
const CAPACITY = 60;

export interface RetainedRuleGroupProps {
  name: string;
  /** Of CloudFront, whose are in us-east-1, or of what is in the region of the stack. Default: CloudFront. */
  webAclScope?: 'CLOUDFRONT' | 'REGIONAL';
}

/**
 * A rule group of a web ACL that deployments make and never write: its rules and IP sets are
 * ip-blocklist's. As a resource of CloudFormation each update would put back the rules of the template, which are none.
 */
export class RetainedRuleGroup extends Construct {
  readonly name: string;
  readonly arn: string;

  constructor(
    scope: PlatformStack,
    id: string,
    { name, webAclScope = 'CLOUDFRONT' }: RetainedRuleGroupProps,
  ) {
    super(scope, id);
    const isGlobal = webAclScope === 'CLOUDFRONT';
    if (isGlobal && !Token.isUnresolved(scope.region) && scope.region !== 'us-east-1') {
      throw new Error(`${scope.node.path}: CloudFront's rule groups are in us-east-1, not ${scope.region}`);
    }
    const where = isGlobal
      ? `us-east-1:${scope.account}:global`
      : `${scope.region}:${scope.account}:regional`;
    const arn = `arn:${scope.partition}:wafv2:${where}/rulegroup/${name}/*`;
    const handler = new Handler(scope, `${id}-handler`, 'retained-rule-group.ts', [
      new PolicyStatement({
        actions: ['wafv2:CreateRuleGroup', 'wafv2:GetRuleGroup', 'wafv2:TagResource', 'wafv2:UntagResource'],
        resources: [arn],
      }),
      new PolicyStatement({ actions: ['wafv2:ListRuleGroups'], resources: ['*'] }),
    ]);
    acknowledgeWildcard(handler, arn, 'the ARN of a group ends in an id that is not known before');
    acknowledgeWildcard(handler, '*', 'WAF lists all groups or none');
    const group = new CustomResource(this, 'group', {
      resourceType: 'Custom::RetainedRuleGroup',
      serviceToken: handler.serviceToken,
      serviceTimeout: Duration.minutes(5),
      properties: {
        Name: name,
        ...(!isGlobal && { Scope: webAclScope }),
        Capacity: String(CAPACITY),
        Description: 'Owned by Groundwork ip-blocklist. What is edited here is undone.',
        Tags: { 'groundwork:stage': scope.parameters.stage, 'groundwork:owner': 'ip-blocklist' },
      },
    });
    this.name = name;
    this.arn = group.getAttString('Arn');
  }
}
