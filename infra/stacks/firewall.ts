import type { Construct } from 'constructs';
import { PlatformStack } from '../constructs/platform-stack.ts';
import { RetainedRuleGroup } from '../constructs/retained-rule-group.ts';
import { webAcl } from '../constructs/web-acl.ts';
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
 * web ACLs are kept.
 */
export class Firewall extends PlatformStack {
  readonly webAclArn: string;
  /** Whose rules and IP sets are ip-blocklist's. */
  readonly ruleGroupName: string;

  constructor(scope: Construct, parameters: Parameters) {
    super(scope, 'firewall', { parameters, region: 'us-east-1', description: "CloudFront's web ACL" });
    const blocklist = new RetainedRuleGroup(this, 'blocklist', { name: this.name('blocklist') });
    this.ruleGroupName = blocklist.name;
    const acl = webAcl(this, 'web-acl', {
      name: this.name('edge'),
      description: 'Who gets to CloudFront',
      webAclScope: 'CLOUDFRONT',
      blocklistArn: blocklist.arn,
      requestsPerFiveMinutes: parameters.edge.requestsPerFiveMinutes,
      counted: COUNTED,
      metricOf: (rule) => this.name(rule),
    });
    this.webAclArn = acl.attrArn;
  }
}
