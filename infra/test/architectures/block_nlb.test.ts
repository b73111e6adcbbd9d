import { describe, expect, it } from 'vitest';
import { text } from '../../model.ts';
import { modelOfExample } from '../stage.ts';
import { syntaxOf } from './machine.ts';
import { rulesOf, targetsOf } from './target-file.ts';

const model = modelOfExample('block-nlb');
const all = (type: string) => model.resources.filter((one) => one.type === type);
const only = (type: string) => {
  expect(all(type)).toHaveLength(1);
  return all(type)[0]!;
};
const group = (description: RegExp) =>
  all('AWS::EC2::SecurityGroup').find(({ properties }) =>
    description.test(text(properties['GroupDescription'])),
  )!;

const balancer = only('AWS::ElasticLoadBalancingV2::LoadBalancer');
const attributes = (of: typeof balancer, name: string) =>
  Object.fromEntries(
    (of.properties[name] as { Key: string; Value: string }[]).map(({ Key, Value }) => [Key, Value]),
  );

describe('the load balancer', () => {
  it('is public, and has a security group from its beginning, also for PrivateLink', () => {
    expect(balancer.properties).toMatchObject({
      Type: 'network',
      Scheme: 'internet-facing',
      EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic: 'on',
    });
    expect(model.references(balancer, 'SecurityGroups')).toEqual([group(/^The load balancer/)]);
    expect(rulesOf(model, group(/^The load balancer/), 'Ingress')).toEqual(['0.0.0.0/0 tcp 8080']);
  });

  it('reaches servers of all zones', () => {
    expect(attributes(balancer, 'LoadBalancerAttributes')).toMatchObject({
      'load_balancing.cross_zone.enabled': 'true',
    });
  });

  it("keeps the client's address, so that servers and their network ACL see it", () => {
    const targets = only('AWS::ElasticLoadBalancingV2::TargetGroup');
    expect(targets.properties).toMatchObject({ TargetType: 'instance', Protocol: 'TCP' });
    expect(attributes(targets, 'TargetGroupAttributes')).toMatchObject({
      'preserve_client_ip.enabled': 'true',
      'deregistration_delay.timeout_seconds': '60',
      'deregistration_delay.connection_termination.enabled': 'true',
    });
  });
});

describe('the servers', () => {
  it('let in what comes through the load balancer, and nobody who goes around it', () => {
    expect(rulesOf(model, group(/^Servers/), 'Ingress')).toEqual(['game/group tcp 8080']);
  });

  it('have no public address, ask for a token of metadata, and encrypt their disk', () => {
    const { LaunchTemplateData: data } = only('AWS::EC2::LaunchTemplate').properties as never;
    expect(data).toMatchObject({
      MetadataOptions: { HttpTokens: 'required' },
      BlockDeviceMappings: [{ Ebs: { Encrypted: true } }],
    });
    expect(JSON.stringify(data)).not.toContain('AssociatePublicIpAddress');
    expect(model.references(only('AWS::AutoScaling::AutoScalingGroup'), 'VPCZoneIdentifier')).toMatchObject([
      { path: 'vpc/insideSubnet1/Subnet' },
      { path: 'vpc/insideSubnet2/Subnet' },
    ]);
  });

  it('have the agent, and then their own work', () => {
    const { LaunchTemplateData: data } = only('AWS::EC2::LaunchTemplate').properties as {
      LaunchTemplateData: { UserData: { 'Fn::Base64': { 'Fn::Join': [string, unknown[]] } } };
    };
    const script = data.UserData['Fn::Base64']['Fn::Join'][1]
      .map((one) => (typeof one === 'string' ? one : 'X'))
      .join('');
    expect(script.startsWith('#!/bin/bash\n')).toBe(true);
    expect(script.indexOf('groundwork-agent.service')).toBeLessThan(script.indexOf('example.service'));
    expect(syntaxOf(script)).toEqual({ code: 0, output: '' });
  });
});

describe('the network ACLs', () => {
  it("are the load balancer's and the servers', each its own", () => {
    const guarded = all('AWS::EC2::SubnetNetworkAclAssociation').map((one) => [
      model.references(one, 'SubnetId')[0]!.path.replace(/^vpc\/(\w+?)Subnet\d.*/, '$1'),
      model.references(one, 'NetworkAclId')[0]!.path,
    ]);
    expect([...new Set(guarded.map((one) => one.join(': ')))]).toEqual([
      'public: game/balancer-denials/acl',
      'inside: game/server-denials/acl',
    ]);
  });

  it('are told to ip-blocklist as what they are, with who the servers let in', () => {
    const acls = all('AWS::EC2::NetworkAcl').map(({ id }) => id);
    expect(targetsOf(model.templates['groundwork-example-block-nlb']!)).toMatchObject([
      { topology: 'nlb', networkAcl: acls[0], subnetsOf: 'load-balancer', rules: { first: 1, last: 80 } },
      { topology: 'nlb', networkAcl: acls[1], subnetsOf: 'targets', clientIp: 'preserved' },
      {
        kind: 'security-group',
        securityGroup: group(/^Servers/).id,
        admits: { securityGroup: group(/^The load balancer/).id },
        loadBalancerGroup: 'at-creation',
        ports: [8_080],
      },
    ]);
  });
});
