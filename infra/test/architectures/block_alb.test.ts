import { describe, expect, it } from 'vitest';
import { text } from '../../model.ts';
import { modelOfExample } from '../stage.ts';
import { syntaxOf } from './machine.ts';
import { rulesOf, targetsOf } from './target-file.ts';

describe.each(['block-alb', 'block-alb-waf'])('%s', (name) => {
  const model = modelOfExample(name);
  const all = (type: string) => model.resources.filter((one) => one.type === type);
  const group = (description: RegExp) =>
    all('AWS::EC2::SecurityGroup').find(({ properties }) =>
      description.test(text(properties['GroupDescription'])),
    )!;

  it('everybody gets to the load balancer, by TLS', () => {
    expect(rulesOf(model, group(/^The load balancer/), 'Ingress')).toEqual([
      '0.0.0.0/0 tcp 443',
      '0.0.0.0/0 tcp 80',
    ]);
    const listeners = all('AWS::ElasticLoadBalancingV2::Listener').map(({ properties }) => properties);
    expect(listeners).toMatchObject([
      { Port: 443, Protocol: 'HTTPS', DefaultActions: [{ Type: 'forward' }] },
      { Port: 80, DefaultActions: [{ RedirectConfig: { Protocol: 'HTTPS', StatusCode: 'HTTP_301' } }] },
    ]);
  });

  it('and to the servers only through it', () => {
    expect(rulesOf(model, group(/^Servers/), 'Ingress')).toEqual(['web/public/group tcp 8080']);
    expect(rulesOf(model, group(/^The load balancer/), 'Egress')).toEqual([
      'web/public/servers/group tcp 8080',
    ]);
    const [servers] = all('AWS::AutoScaling::AutoScalingGroup');
    expect(model.references(servers!, 'VPCZoneIdentifier').map(({ path }) => path)).toEqual([
      'vpc/insideSubnet1/Subnet',
      'vpc/insideSubnet2/Subnet',
    ]);
  });

  it('the network ACL is that of the subnets that see clients, and of no others', () => {
    const guarded = all('AWS::EC2::SubnetNetworkAclAssociation').map(
      (one) => model.references(one, 'SubnetId')[0]!.path,
    );
    expect(guarded).toEqual(['vpc/publicSubnet1/Subnet', 'vpc/publicSubnet2/Subnet']);
    const entries = all('AWS::EC2::NetworkAclEntry').map(({ properties }) => properties);
    expect(entries).toMatchObject([{ RuleNumber: 100 }, { RuleNumber: 100 }]);
    for (const { RuleAction } of entries) expect(RuleAction).toBe('allow');
  });

  it('ip-blocklist takes the file about it', () => {
    const [acl] = all('AWS::EC2::NetworkAcl');
    const targets = targetsOf(model.templates[`groundwork-example-${name}`]!);
    expect(targets.slice(-2)).toMatchObject([
      {
        kind: 'network-acl',
        topology: name.replace('block-', ''),
        networkAcl: acl!.id,
        subnetsOf: 'load-balancer',
      },
      {
        kind: 'security-group',
        securityGroup: group(/^Servers/).id,
        admits: { securityGroup: group(/^The load balancer/).id },
        ports: [8_080],
      },
    ]);
  });

  it('the servers start with a script that bash can read, ask for tokens and encrypt their disk', () => {
    const [template] = all('AWS::EC2::LaunchTemplate');
    const { LaunchTemplateData: data } = template!.properties as {
      LaunchTemplateData: { UserData: { 'Fn::Base64': string } };
    };
    expect(data).toMatchObject({
      MetadataOptions: { HttpTokens: 'required' },
      BlockDeviceMappings: [{ Ebs: { Encrypted: true } }],
    });
    expect(syntaxOf(data.UserData['Fn::Base64'])).toEqual({ code: 0, output: '' });
  });
});

describe('the web ACL of an ALB', () => {
  const model = modelOfExample('block-alb-waf');
  const only = (type: string) => {
    const found = model.resources.filter((one) => one.type === type);
    expect(found).toHaveLength(1);
    return found[0]!;
  };
  const acl = only('AWS::WAFv2::WebACL');

  it('is of the region, and stands in front of the load balancer', () => {
    expect(acl.properties['Scope']).toBe('REGIONAL');
    const [balancer] = model.references(only('AWS::WAFv2::WebACLAssociation'), 'ResourceArn');
    expect(balancer!.type).toBe('AWS::ElasticLoadBalancingV2::LoadBalancer');
  });

  it("asks ip-blocklist's rule group first, then AWS's, then counts", () => {
    const rules = acl.properties['Rules'] as { Name: string; Priority: number; Statement: never }[];
    expect(rules.map(({ Name, Priority }) => `${Priority} ${Name}`)).toEqual([
      '0 blocklist',
      '1 reputation',
      '2 known-bad-inputs',
      '3 common',
      '4 rate',
    ]);
    expect(model.within(acl, rules[0]!.Statement)).toEqual([only('Custom::RetainedRuleGroup')]);
    expect(rules[4]!.Statement).toMatchObject({
      RateBasedStatement: { Limit: 2_000, AggregateKeyType: 'IP' },
    });
  });

  it('has a rule group that deployments make in this region, and never write', () => {
    expect(only('Custom::RetainedRuleGroup').properties).toMatchObject({
      Scope: 'REGIONAL',
      Name: 'groundwork-example-web-alb-blocklist',
    });
    expect(model.resources.filter(({ type }) => /RuleGroup$|IPSet$/.test(type))).toHaveLength(1);
    const policies = JSON.stringify(model.templates);
    expect(policies).toContain(':regional/rulegroup/groundwork-example-web-alb-blocklist/*');
    expect(policies).not.toMatch(/wafv2:(Update|Delete)/);
  });

  it('is the first target, by the name of its group and in its region', () => {
    const [target] = targetsOf(model.templates['groundwork-example-block-alb-waf']!);
    expect(target).toMatchObject({
      kind: 'waf-ip-set',
      topology: 'alb-waf',
      region: 'us-east-1',
      ruleGroup: 'groundwork-example-web-alb-blocklist',
    });
  });

  it('writes what it did into a bucket that is called as WAF wants it, lets it in, and keeps no secret', () => {
    const log = only('AWS::WAFv2::LoggingConfiguration');
    const [bucket] = model.references(log, 'LogDestinationConfigs');
    expect(JSON.stringify(bucket!.properties['BucketName'])).toContain('aws-waf-logs-');
    expect(JSON.stringify(log.properties['RedactedFields'])).toContain('authorization');
    const policy = model.resources.find(
      (one) => one.type === 'AWS::S3::BucketPolicy' && model.references(one, 'Bucket').includes(bucket!),
    );
    expect(JSON.stringify(policy!.properties)).toContain('delivery.logs.amazonaws.com');
  });
});
