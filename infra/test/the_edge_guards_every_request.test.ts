import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { templateOf } from './stage.ts';
import { edgeOf } from './edge.ts';

const DOMAIN = {
  name: 'www.example.com',
  certificateArn: 'arn:aws:acm:us-east-1:123456789012:certificate/of-names',
  originName: 'origin.example.com',
  originCertificateArn: 'arn:aws:acm:us-east-1:123456789012:certificate/of-origin',
};
const WEB_ACL = 'AWS::WAFv2::WebACL';

/** Group or statement of each rule, in the order in which they are asked. */
function rulesOf(firewall: ReturnType<typeof edgeOf>['stacks']['firewall']) {
  const [acl] = Object.values(templateOf(firewall).findResources(WEB_ACL));
  const rules = acl!['Properties'].Rules as {
    Name: string;
    Priority: number;
    Statement: object;
    Action?: object;
    OverrideAction?: object;
  }[];
  return rules.toSorted((a, b) => a.Priority - b.Priority);
}

describe.each(['us-east-1', 'eu-central-1'])('with services in %s', (region) => {
  const { stacks, config } = edgeOf({ region });

  it("the web ACL is CloudFront's, in us-east-1, and CloudFront asks it", () => {
    expect(stacks.firewall.region).toBe('us-east-1');
    expect(stacks.edge.region).toBe(region);
    templateOf(stacks.firewall).hasResourceProperties(WEB_ACL, {
      Scope: 'CLOUDFRONT',
      DefaultAction: { Allow: {} },
    });
    const { StackName, Region, OutputName } = (
      config['WebACLId'] as { 'Fn::GetStackOutput': Record<string, string> }
    )['Fn::GetStackOutput'];
    expect([StackName, Region]).toEqual(['groundwork-dev-firewall', 'us-east-1']);
    const [output] = Object.values(templateOf(stacks.firewall).findOutputs(OutputName!));
    const [acl] = Object.keys(templateOf(stacks.firewall).findResources(WEB_ACL));
    expect(output!['Value']).toEqual({ 'Fn::GetAtt': [acl, 'Arn'] });
  });

  it('nothing else of the stage has a web ACL', () => {
    for (const stack of [stacks.events, stacks.entrance, stacks.edge])
      templateOf(stack).resourceCountIs(WEB_ACL, 0);
  });

  it('each stack comes after those it is built on', () => {
    const { events, entrance, firewall, edge, edgeLogs } = stacks;
    expect(edge.dependencies).toEqual(expect.arrayContaining([entrance, firewall, events]));
    expect(edgeLogs.dependencies).toEqual(expect.arrayContaining([edge, firewall, events]));
  });
});

describe('the web ACL', () => {
  const { stacks, parameters } = edgeOf({ edge: { requestsPerFiveMinutes: 1_234 } });
  const rules = rulesOf(stacks.firewall);

  it("asks ip-blocklist's rule group first, and does what it says", () => {
    const [first] = rules;
    const [group] = Object.keys(templateOf(stacks.firewall).findResources('Custom::RetainedRuleGroup'));
    expect(first).toMatchObject({
      Priority: 0,
      OverrideAction: { None: {} },
      Statement: { RuleGroupReferenceStatement: { Arn: { 'Fn::GetAtt': [group, 'Arn'] } } },
    });
  });

  it('has no rule that allows, which would pass over those behind it', () => {
    for (const { Action = {} } of rules) expect(Object.keys(Action)).not.toContain('Allow');
  });

  it('then asks the three groups of AWS; what would turn away job scripts and long names only counts', () => {
    const managed = rules.flatMap(({ Statement, OverrideAction }) => {
      const group = (
        Statement as Record<
          string,
          { Name: string; RuleActionOverrides?: { Name: string; ActionToUse: object }[] }
        >
      )['ManagedRuleGroupStatement'];
      return group === undefined ? [] : [{ ...group, OverrideAction }];
    });
    expect(managed.map(({ Name }) => Name)).toEqual([
      'AWSManagedRulesAmazonIpReputationList',
      'AWSManagedRulesKnownBadInputsRuleSet',
      'AWSManagedRulesCommonRuleSet',
    ]);
    expect(managed.map(({ OverrideAction }) => OverrideAction)).toEqual([
      { None: {} },
      { None: {} },
      { None: {} },
    ]);
    const counted = managed.flatMap(({ RuleActionOverrides = [] }) => RuleActionOverrides);
    expect(counted.map(({ Name }) => Name)).toContain('SizeRestrictions_BODY');
    for (const { Name, ActionToUse } of counted) {
      expect(Name).toMatch(/_BODY$|^SizeRestrictions_URIPATH$/);
      expect(ActionToUse).toEqual({ Count: {} });
    }
  });

  it('turns away who asks too often, by address', () => {
    expect(rules.at(-1)).toMatchObject({
      Action: { Block: { CustomResponse: { ResponseCode: 429 } } },
      Statement: {
        RateBasedStatement: {
          AggregateKeyType: 'IP',
          EvaluationWindowSec: 300,
          Limit: parameters.edge.requestsPerFiveMinutes,
        },
      },
    });
  });

  it('gives each rule a metric of its own', () => {
    const metrics = rules.map(
      (rule) => (rule as unknown as { VisibilityConfig: { MetricName: string } }).VisibilityConfig.MetricName,
    );
    expect(new Set(metrics).size).toBe(5);
  });

  it('costs no more units than its base price covers', () => {
    const needed: Record<string, number> = {
      blocklist: Number(
        Object.values(templateOf(stacks.firewall).findResources('Custom::RetainedRuleGroup'))[0]![
          'Properties'
        ].Capacity,
      ),
      reputation: 25,
      'known-bad-inputs': 200,
      common: 700,
      rate: 2,
    };
    expect(rules.reduce((sum, { Name }) => sum + needed[Name]!, 0)).toBeLessThanOrEqual(1_500);
  });

  it('lets its handler make, read and tag groups of that name, and never write one', () => {
    const policies = Object.values(templateOf(stacks.firewall).findResources('AWS::IAM::Policy'));
    const statements = policies.flatMap(
      (one) =>
        one['Properties'].PolicyDocument.Statement as { Action: string | string[]; Resource: unknown }[],
    );
    const waf = statements.filter(({ Action }) => [Action].flat().some((one) => one.startsWith('wafv2:')));
    expect(waf.flatMap(({ Action }) => Action).toSorted()).toEqual([
      'wafv2:CreateRuleGroup',
      'wafv2:GetRuleGroup',
      'wafv2:ListRuleGroups',
      'wafv2:TagResource',
      'wafv2:UntagResource',
    ]);
    const [own] = waf.filter(({ Action }) => [Action].flat().includes('wafv2:CreateRuleGroup'));
    expect(JSON.stringify(own!.Resource)).toContain(':global/rulegroup/groundwork-dev-blocklist/*');
  });
});

describe('the way in', () => {
  it('is HTTPS for every path, and says so to browsers', () => {
    const { config, policy } = edgeOf();
    for (const behavior of [config.DefaultCacheBehavior, ...config.CacheBehaviors]) {
      expect(behavior.ViewerProtocolPolicy).toBe('redirect-to-https');
      expect(policy(behavior.ResponseHeadersPolicyId)['SecurityHeadersConfig']).toMatchObject({
        StrictTransportSecurity: {
          AccessControlMaxAgeSec: 31_536_000,
          IncludeSubdomains: false,
          Override: true,
        },
        ContentTypeOptions: { Override: true },
      });
    }
    expect(config).toMatchObject({
      HttpVersion: 'http2and3',
      IPV6Enabled: true,
      PriceClass: 'PriceClass_100',
    });
  });

  it('is TLS 1.2 or later under a name of its own', () => {
    const { config } = edgeOf({ edge: { domain: DOMAIN } });
    expect(config).toMatchObject({
      Aliases: ['www.example.com'],
      ViewerCertificate: {
        AcmCertificateArn: DOMAIN.certificateArn,
        MinimumProtocolVersion: 'TLSv1.2_2021',
        SslSupportMethod: 'sni-only',
      },
    });
  });

  it("is under CloudFront's name where there is no other", () => {
    const { config } = edgeOf();
    expect(config['Aliases']).toBeUndefined();
    expect(config['ViewerCertificate']).toBeUndefined();
  });
});

describe('the way on to services', () => {
  it('is through the VPC, to a load balancer that has no address outside', () => {
    const { at, stacks } = edgeOf();
    expect(at('/blocklist/v1/entries').origin).toMatchObject({ VpcOriginConfig: { OriginReadTimeout: 60 } });
    templateOf(stacks.entrance).hasResourceProperties('AWS::ElasticLoadBalancingV2::LoadBalancer', {
      Scheme: 'internal',
    });
  });

  it('asks for the name that the certificate of the origin has', () => {
    for (const origin of ['vpc-origin', 'public-alb'] as const) {
      const { at } = edgeOf({ edge: { origin, domain: DOMAIN } });
      expect(at('/hpc/v1/jobs').origin.DomainName).toBe('origin.example.com');
    }
  });

  it('to a public load balancer is TLS, with what only CloudFront knows', () => {
    const { at, stacks } = edgeOf({ edge: { origin: 'public-alb', domain: DOMAIN } });
    const { origin } = at('/hpc/v1/jobs');
    expect(origin.VpcOriginConfig).toBeUndefined();
    expect(origin.CustomOriginConfig).toMatchObject({
      OriginProtocolPolicy: 'https-only',
      OriginSSLProtocols: ['TLSv1.2'],
      OriginReadTimeout: 60,
    });
    const [header, ...more] = origin.OriginCustomHeaders as { HeaderName: string; HeaderValue: unknown }[];
    expect(more).toEqual([]);
    expect(header?.HeaderName).toBe('X-Origin-Secret');
    // A reference that CloudFormation resolves: what it is nobody can read in a template.
    expect(JSON.stringify(header?.HeaderValue)).toContain('{{resolve:secretsmanager:');
    templateOf(stacks.entrance).resourceCountIs('AWS::SecretsManager::Secret', 1);
  });
});

describe('thumbnails', () => {
  it('come out of their bucket by access control, signed, and the bucket lets in distributions of this account only', () => {
    const { at, template, stacks } = edgeOf();
    const { origin } = at('/derivatives/a/b-1/small.webp');
    expect(JSON.stringify(origin.DomainName)).toContain('.s3.us-east-1.amazonaws.com');
    const [control] = Object.keys(template.findResources('AWS::CloudFront::OriginAccessControl'));
    expect(origin.OriginAccessControlId).toEqual({ 'Fn::GetAtt': [control, 'Id'] });
    template.hasResourceProperties('AWS::CloudFront::OriginAccessControl', {
      OriginAccessControlConfig: {
        OriginAccessControlOriginType: 's3',
        SigningBehavior: 'always',
        SigningProtocol: 'sigv4',
      },
    });
    templateOf(stacks.events).hasResourceProperties('AWS::S3::BucketPolicy', {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({
            Action: 's3:GetObject',
            Effect: 'Allow',
            Principal: { Service: 'cloudfront.amazonaws.com' },
            Condition: { ArnLike: { 'aws:SourceArn': Match.anyValue() } },
          }),
        ]),
      },
    });
    template.resourceCountIs('AWS::CloudFront::CloudFrontOriginAccessIdentity', 0);
  });

  it('and so do files of a website, out of theirs', () => {
    const { at } = edgeOf();
    const { origin, behavior } = at('/static/app.css');
    expect(origin.OriginAccessControlId).toBeDefined();
    expect(origin).not.toEqual(at('/derivatives/a/b-1/small.webp').origin);
    expect(behavior.AllowedMethods).toEqual(['GET', 'HEAD']);
  });

  it('and everything else: no bucket is public', () => {
    const buckets = Object.values(templateOf(edgeOf().stacks.events).findResources('AWS::S3::Bucket'));
    expect(buckets.length).toBeGreaterThan(0);
    for (const bucket of buckets) {
      expect(bucket['Properties'].PublicAccessBlockConfiguration).toEqual({
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      });
    }
  });

  it('that are not for everybody come from the thumbnailer, which asks who it is', () => {
    for (const IMAGES_ACCESS of ['signed', 'auth']) {
      const { at, config } = edgeOf({ settings: { thumbnailer: { IMAGES_ACCESS } } });
      expect(at('/derivatives/a/b-1/small.webp').origin.VpcOriginConfig).toBeDefined();
      expect(config.Origins).toHaveLength(2);
    }
  });
});
