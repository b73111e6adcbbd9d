import { CfnWebACL } from 'aws-cdk-lib/aws-wafv2';
import type { Construct } from 'constructs';
import { PlatformStack } from '../constructs/platform-stack.ts';
import { RetainedRuleGroup } from '../constructs/retained-rule-group.ts';
import type { Parameters } from '../parameters.ts';

/**
 * Of the common rules, those that would turn away what is right here, and so only count. Bodies are job scripts (with
 * `../` in them), lists of networks and cached pages, of more than 8 KB, and services take none that does not fit their
 * schema. Paths have keys of images in them: up to 1,024 bytes, three times that when they are encoded.
 */
const COUNTED = [
  'SizeRestrictions_BODY',
  'CrossSiteScripting_BODY',
  'EC2MetaDataSSRF_BODY',
  'GenericLFI_BODY',
  'GenericRFI_BODY',
  'SizeRestrictions_URIPATH',
];

/**
 * What CloudFront asks about each request before anything else. In us-east-1 wherever the rest is: there CloudFront's
 * web ACLs are kept. $5 a month and $1 for each of five rules, $0.60 per million requests (AWS price list, 2026-11).
 * It needs 987 of the 1,500 units that this price covers: 60 + 25 + 200 + 700 + 2.
 */
export class Firewall extends PlatformStack {
  readonly webAclArn: string;
  /** Whose rules and IP sets are ip-blocklist's. */
  readonly ruleGroupName: string;

  constructor(scope: Construct, parameters: Parameters) {
    super(scope, 'firewall', { parameters, region: 'us-east-1', description: "CloudFront's web ACL" });
    const blocklist = new RetainedRuleGroup(this, 'blocklist', { name: this.name('blocklist') });
    this.ruleGroupName = blocklist.name;
    const rules = [
      // First, before anything that could allow.
      rule('blocklist', { ruleGroupReferenceStatement: { arn: blocklist.arn } }),
      rule('reputation', managed('AWSManagedRulesAmazonIpReputationList')),
      rule('known-bad-inputs', managed('AWSManagedRulesKnownBadInputsRuleSet')),
      rule('common', managed('AWSManagedRulesCommonRuleSet', COUNTED)),
      {
        name: 'rate',
        statement: {
          rateBasedStatement: {
            aggregateKeyType: 'IP',
            evaluationWindowSec: 300,
            limit: parameters.edge.requestsPerFiveMinutes,
          },
        },
        action: { block: { customResponse: { responseCode: 429 } } },
      },
    ];
    const acl = new CfnWebACL(this, 'web-acl', {
      name: this.name('edge'),
      description: 'Who gets to CloudFront',
      scope: 'CLOUDFRONT',
      defaultAction: { allow: {} },
      rules: rules.map((one, priority) => ({
        ...one,
        priority,
        visibilityConfig: visibility(this.name(one.name)),
      })),
      visibilityConfig: visibility(this.name('edge')),
    });
    this.webAclArn = acl.attrArn;
  }
}

/** A group of rules does what its rules say. */
const rule = (name: string, statement: CfnWebACL.StatementProperty) => ({
  name,
  statement,
  overrideAction: { none: {} },
});

const managed = (name: string, counted: readonly string[] = []): CfnWebACL.StatementProperty => ({
  managedRuleGroupStatement: {
    vendorName: 'AWS',
    name,
    ...(counted.length > 0 && {
      ruleActionOverrides: counted.map((one) => ({ name: one, actionToUse: { count: {} } })),
    }),
  },
});

const visibility = (metricName: string) => ({
  metricName,
  cloudWatchMetricsEnabled: true,
  sampledRequestsEnabled: true,
});
