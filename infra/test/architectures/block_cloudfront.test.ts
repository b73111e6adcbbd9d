import { describe, expect, it } from 'vitest';
import { CloudFrontFirewall } from '../../architectures/block-cloudfront/firewall.ts';
import { EXAMPLE, exampleWebAclLogs } from '../../architectures/example-stack.ts';
import { PlatformStack } from '../../constructs/platform-stack.ts';
import { text, type Properties } from '../../model.ts';
import { modelOfExample, testApp } from '../stage.ts';
import { rulesOf, targetsOf } from './target-file.ts';

const model = modelOfExample('block-cloudfront');
const all = (type: string) => model.resources.filter((one) => one.type === type);
const only = (type: string) => {
  expect(all(type)).toHaveLength(1);
  return all(type)[0]!;
};
const group = (description: RegExp) =>
  all('AWS::EC2::SecurityGroup').find(({ properties }) =>
    description.test(text(properties['GroupDescription'])),
  )!;

const distribution = only('AWS::CloudFront::Distribution');
const config = distribution.properties['DistributionConfig'] as Properties;
const [origin] = config['Origins'] as Properties[];

describe('CloudFront', () => {
  it('asks its web ACL, which is in us-east-1 and asks ip-blocklist first', () => {
    const acl = only('AWS::WAFv2::WebACL');
    expect(acl.properties['Scope']).toBe('CLOUDFRONT');
    expect(model.within(distribution, config['WebACLId']!)).toEqual([acl]);
    const [first] = acl.properties['Rules'] as Properties[];
    expect(first).toMatchObject({ Name: 'blocklist', Priority: 0 });
    expect(model.within(acl, first!)).toEqual([only('Custom::RetainedRuleGroup')]);
  });

  it('turns countries away itself, and a deployment keeps those that ip-blocklist has set', () => {
    const restrictions = config['Restrictions'] as Properties;
    expect(model.within(distribution, restrictions)).toEqual([
      only('Custom::CurrentGeo'),
      only('Custom::CurrentGeo'),
    ]);
    expect(only('Custom::CurrentGeo').properties['Comment']).toBe(config['Comment']);
  });

  it('comes by TLS to the load balancer and says the newer secret, which no template has', () => {
    expect(origin).toMatchObject({
      DomainName: 'origin.example.com',
      CustomOriginConfig: { OriginProtocolPolicy: 'https-only', OriginSSLProtocols: ['TLSv1.2'] },
      OriginCustomHeaders: [{ HeaderName: 'X-Origin-Secret' }],
    });
    expect(JSON.stringify(origin)).toContain('{{resolve:secretsmanager:');
    expect(model.within(distribution, origin!).map(({ path }) => path)).toEqual(['web/secret-2']);
  });
});

describe('the load balancer', () => {
  it("lets in CloudFront's addresses, by TLS, and nobody else", () => {
    const rules = rulesOf(model, group(/^The load balancer/), 'Ingress');
    expect(rules).toHaveLength(1);
    expect(rules[0]).toMatch(/tcp 443$/);
    const [lookup] = all('Custom::AWS');
    expect(JSON.stringify(lookup!.properties)).toContain('com.amazonaws.global.cloudfront.origin-facing');
  });

  it('answers 403 to who does not know the secret, or the one before', () => {
    expect(only('AWS::ElasticLoadBalancingV2::Listener').properties).toMatchObject({
      Port: 443,
      DefaultActions: [{ Type: 'fixed-response', FixedResponseConfig: { StatusCode: '403' } }],
    });
    const rule = only('AWS::ElasticLoadBalancingV2::ListenerRule');
    expect(rule.properties['Conditions']).toMatchObject([
      { Field: 'http-header', HttpHeaderConfig: { HttpHeaderName: 'X-Origin-Secret' } },
    ]);
    expect(model.references(rule, 'Conditions').map(({ path }) => path)).toEqual([
      'web/secret-2',
      'web/secret-1',
    ]);
    expect(rule.properties['Actions']).toMatchObject([{ Type: 'forward' }]);
  });

  it('knows a new secret before CloudFront says it', () => {
    const template = model.templates['groundwork-example-block-cloudfront'] as {
      Resources: Record<string, { DependsOn?: string[] }>;
    };
    expect(template.Resources[distribution.id]!.DependsOn).toContain(
      only('AWS::ElasticLoadBalancingV2::ListenerRule').id,
    );
  });

  it('is the only one that gets to the servers', () => {
    expect(rulesOf(model, group(/^Servers/), 'Ingress')).toEqual(['web/web/group tcp 8080']);
  });
});

it('ip-blocklist takes the file: web ACL, countries, and who is let in behind them', () => {
  expect(targetsOf(model.templates['groundwork-example-block-cloudfront']!)).toMatchObject([
    {
      kind: 'waf-ip-set',
      topology: 'cloudfront-waf-alb',
      countries: 'leave',
      ruleGroup: 'groundwork-example-web-cdn-blocklist',
    },
    { kind: 'cloudfront-geo', topology: 'cloudfront-waf-alb', distribution: distribution.id },
    { kind: 'security-group', admits: 'cloudfront', ports: [443] },
    { kind: 'security-group', admits: { securityGroup: group(/^The load balancer/).id }, ports: [8_080] },
  ]);
});

it("CloudFront's firewall in another region is refused", () => {
  const parameters = { ...EXAMPLE, region: 'eu-central-1' };
  const stack = new PlatformStack(testApp(), 'odd', { parameters, description: '' });
  const logs = exampleWebAclLogs(stack);
  expect(() => new CloudFrontFirewall(stack, 'web', { requestsPerFiveMinutes: 2_000, logs })).toThrow(
    "CloudFront's rule groups are in us-east-1, not eu-central-1",
  );
});
