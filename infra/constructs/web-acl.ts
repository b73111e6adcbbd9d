import { CfnLoggingConfiguration, CfnWebACL } from 'aws-cdk-lib/aws-wafv2';
import type { Construct } from 'constructs';

export interface WebAclProps {
  name: string;
  description: string;
  /** Of CloudFront, whose are in us-east-1, or of a load balancer in the region of the stack. */
  webAclScope: 'CLOUDFRONT' | 'REGIONAL';
  /** ip-blocklist's rule group. */
  blocklistArn: string;
  /** From one address; beyond them it is answered with 429 until they are fewer. */
  requestsPerFiveMinutes: number;
  /** Of the common rules, those that would turn away what is right here, and so only count. */
  counted?: readonly string[];
  /** What the metric of a rule is called. Default: after the web ACL and the rule. */
  metricOf?: (rule: string) => string;
}

/**
 * What is asked about each request before anything else. $5 a month and $1 for each of five rules, $0.60 per million
 * requests (AWS price list, 2026-11). It needs 987 of the 1,500 units that this price covers: 60 + 25 + 200 + 700 + 2.
 */
export function webAcl(scope: Construct, id: string, props: WebAclProps): CfnWebACL {
  const metricOf = props.metricOf ?? ((one: string) => `${props.name}-${one}`);
  const rules = [
    // First, before anything that could allow.
    rule('blocklist', { ruleGroupReferenceStatement: { arn: props.blocklistArn } }),
    rule('reputation', managed('AWSManagedRulesAmazonIpReputationList')),
    rule('known-bad-inputs', managed('AWSManagedRulesKnownBadInputsRuleSet')),
    rule('common', managed('AWSManagedRulesCommonRuleSet', props.counted)),
    {
      name: 'rate',
      statement: {
        rateBasedStatement: {
          aggregateKeyType: 'IP',
          evaluationWindowSec: 300,
          limit: props.requestsPerFiveMinutes,
        },
      },
      action: { block: { customResponse: { responseCode: 429 } } },
    },
  ];
  return new CfnWebACL(scope, id, {
    name: props.name,
    description: props.description,
    scope: props.webAclScope,
    defaultAction: { allow: {} },
    rules: rules.map((one, priority) => ({
      ...one,
      priority,
      visibilityConfig: visibility(metricOf(one.name)),
    })),
    visibilityConfig: visibility(props.name),
  });
}

/** Who has seen them may use them. */
const SECRET_HEADERS = ['authorization', 'x-api-key', 'cookie'];

/** What a web ACL made of each request, without what is secret. The bucket's name has to begin with aws-waf-logs-. */
export function webAclLog(
  scope: Construct,
  id: string,
  acl: string,
  bucketArn: string,
): CfnLoggingConfiguration {
  return new CfnLoggingConfiguration(scope, id, {
    resourceArn: acl,
    logDestinationConfigs: [bucketArn],
    redactedFields: SECRET_HEADERS.map((Name) => ({ singleHeader: { Name } })),
  });
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
