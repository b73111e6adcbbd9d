import { CustomResource, Duration, Lazy, Stack, Token, type CfnResource } from 'aws-cdk-lib';
import type { CfnDistribution } from 'aws-cdk-lib/aws-cloudfront';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { createHash } from 'node:crypto';
import { acknowledgeWildcard } from './acknowledge-wildcard.ts';
import { Handler } from './handler.ts';
import type { PlatformStack } from './platform-stack.ts';

/**
 * Leaves a distribution the countries that it turns away. The list is ip-blocklist's, and CloudFormation writes a
 * distribution as a whole; so whenever it is about to, it is told what the list is now (handlers/current-geo.ts).
 */
export class CurrentGeo extends Construct {
  constructor(
    scope: PlatformStack,
    id: string,
    { distribution, comment }: { distribution: CfnDistribution; comment: string },
  ) {
    super(scope, id);
    const arn = `arn:${scope.partition}:cloudfront::${scope.account}:distribution/*`;
    const handler = new Handler(scope, `${id}-handler`, 'current-geo.ts', [
      new PolicyStatement({
        actions: ['cloudfront:GetDistributionConfig'],
        resources: [arn],
      }),
      new PolicyStatement({ actions: ['cloudfront:ListDistributions'], resources: ['*'] }),
    ]);
    acknowledgeWildcard(handler, arn, 'the id of the distribution is not known before there is one');
    acknowledgeWildcard(handler, '*', 'CloudFront lists all distributions or none');
    const current = new CustomResource(this, 'current', {
      resourceType: 'Custom::CurrentGeo',
      serviceToken: handler.serviceToken,
      serviceTimeout: Duration.minutes(5),
      properties: {
        Comment: comment,
        // It is asked again when one of these changes: what the template says of the distribution, and what that refers to.
        Template: Lazy.uncachedString({ produce: () => hash(rendered(distribution)) }),
        Values: Lazy.uncachedAny({
          produce: () => referencesIn(rendered(distribution), current.node.defaultChild as CfnResource),
        }),
      },
    });
    distribution.addPropertyOverride('DistributionConfig.Restrictions.GeoRestriction', {
      RestrictionType: current.getAttString('Type'),
      Locations: Token.asList(current.getAtt('Locations')),
    });
  }
}

// oxlint-disable-next-line no-underscore-dangle -- there is no other way to what a resource will be in the template
const rendered = (resource: CfnResource): unknown => Stack.of(resource).resolve(resource._toCloudFormation());

const hash = (value: unknown): string => createHash('sha256').update(JSON.stringify(value)).digest('hex');

/** What others say, and may change while the template stays the same; but nothing that waits for `us` itself. */
function referencesIn(value: unknown, us: CfnResource): unknown[] {
  const found = new Map<string, unknown>();
  const own = JSON.stringify(Stack.of(us).resolve(us.logicalId));
  const walk = (part: unknown): void => {
    if (typeof part !== 'object' || part === null) return;
    const [key = '', ...more] = Object.keys(part);
    const text = JSON.stringify(part);
    if (more.length === 0 && /^(Ref|Fn::(GetAtt|GetStackOutput|ImportValue))$/.test(key)) {
      if (!text.includes(own)) found.set(text, part);
      return;
    }
    for (const one of Object.values(part)) walk(one);
  };
  walk(value);
  return [...found.values()];
}
