import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { SSH_HOST } from '../../architectures/bastion/ssh-host.ts';
import { peersOf } from '../../architectures/bastion/cidrs.ts';
import { Bastion } from '../../architectures/bastion/index.ts';
import { exampleStack, exampleVpc } from '../../architectures/example-stack.ts';
import { text, type Properties } from '../../model.ts';
import { modelOfExample, testApp } from '../stage.ts';
import { Machine, syntaxOf } from './machine.ts';
import { rulesOf } from './target-file.ts';

const model = modelOfExample('bastion');
const script = readFileSync(SSH_HOST, 'utf8');

/** What one way has made. */
function way(mode: string) {
  const all = (type: string) =>
    model.resources.filter((one) => one.stack === `bastion-${mode}` && one.type === type);
  const only = (type: string) => {
    expect(all(type)).toHaveLength(1);
    return all(type)[0]!;
  };
  const group = (description: RegExp) =>
    all('AWS::EC2::SecurityGroup').find(({ properties }) =>
      description.test(text(properties['GroupDescription'])),
    )!;
  return { all, only, group, hosts: group(/^Bastion hosts/) };
}

describe.each(['ssm', 'eice', 'nlb', 'asg'])('a bastion by %s', (mode) => {
  const { all, only, group, hosts } = way(mode);

  it('reaches what it is for, and that lets it in', () => {
    expect(rulesOf(model, group(/^A database/), 'Ingress')).toEqual([`bastion-${mode}/group tcp 5432`]);
    expect(rulesOf(model, hosts, 'Egress')).toContain('database tcp 5432');
  });

  it('opens no port to everybody', () => {
    for (const one of all('AWS::EC2::SecurityGroup')) {
      for (const rule of rulesOf(model, one, 'Ingress')) expect(rule).not.toMatch(/^(0\.0\.0\.0|::)\/0/);
    }
  });

  it('asks for a token of metadata, and encrypts its disk', () => {
    const { LaunchTemplateData: data } = only('AWS::EC2::LaunchTemplate').properties as {
      LaunchTemplateData: Properties;
    };
    expect(data).toMatchObject({
      MetadataOptions: { HttpTokens: 'required' },
      BlockDeviceMappings: [{ Ebs: { Encrypted: true } }],
    });
  });

  it('is replaced when it dies', () => {
    const count = mode === 'nlb' ? '2' : '1';
    expect(only('AWS::AutoScaling::AutoScalingGroup').properties).toMatchObject({
      MinSize: count,
      MaxSize: count,
    });
  });
});

describe('by Session Manager', () => {
  const { all, only, group, hosts } = way('ssm');

  it('nobody is let in at all', () => {
    expect(rulesOf(model, hosts, 'Ingress')).toEqual([]);
  });

  it('the host gets to AWS by endpoints that let in nobody else, and not to the Internet', () => {
    expect(
      all('AWS::EC2::VPCEndpoint').map(({ properties }) => JSON.stringify(properties['ServiceName'])),
    ).toEqual(['ssm', 'ssmmessages', 'logs'].map((name) => expect.stringContaining(`.${name}"`)));
    expect(rulesOf(model, group(/^Endpoints/), 'Ingress')).toEqual(['bastion-ssm/group tcp 443']);
    expect(rulesOf(model, hosts, 'Egress').toSorted()).toEqual([
      'bastion-ssm/endpoints tcp 443',
      'database tcp 5432',
    ]);
  });

  it('sessions are written down as they are typed, for as long as logs are kept, and end', () => {
    const document = only('AWS::SSM::Document');
    expect(document.properties).toMatchObject({
      DocumentType: 'Session',
      Content: {
        sessionType: 'Standard_Stream',
        inputs: { cloudWatchStreamingEnabled: true, idleSessionTimeout: '20', maxSessionDuration: '480' },
      },
    });
    const [log] = model.references(document, 'Content');
    expect(log!.properties['RetentionInDays']).toBe(14);
  });
});

describe('by Instance Connect Endpoint', () => {
  const { only, group, hosts } = way('eice');

  it('the endpoint is let in, which reaches the host and nobody else', () => {
    expect(rulesOf(model, hosts, 'Ingress')).toEqual(['bastion-eice/door tcp 22']);
    expect(rulesOf(model, group(/^EC2 Instance Connect/), 'Egress')).toEqual(['bastion-eice/group tcp 22']);
    expect(rulesOf(model, group(/^EC2 Instance Connect/), 'Ingress')).toEqual([]);
    const endpoint = only('AWS::EC2::InstanceConnectEndpoint');
    expect(endpoint.properties['PreserveClientIp']).toBe(false);
    expect(model.references(endpoint, 'SecurityGroupIds')).toEqual([group(/^EC2 Instance Connect/)]);
  });

  it('the host reaches what it is for, and no more', () => {
    expect(rulesOf(model, hosts, 'Egress')).toEqual(['database tcp 5432']);
  });
});

describe('by an NLB', () => {
  const { only, group, hosts } = way('nlb');
  const attributes = (type: string, name: string) =>
    Object.fromEntries(
      (only(type).properties[name] as { Key: string; Value: string }[]).map(({ Key, Value }) => [Key, Value]),
    );

  it('known networks get to the load balancer, and only that to the hosts', () => {
    const door = group(/^The load balancer/);
    expect(rulesOf(model, door, 'Ingress')).toEqual(['203.0.113.0/24 tcp 22', '2001:db8:7::/48 tcp 22']);
    expect(rulesOf(model, hosts, 'Ingress')).toEqual(['bastion-nlb/door tcp 22']);
    const balancer = only('AWS::ElasticLoadBalancingV2::LoadBalancer');
    expect(model.references(balancer, 'SecurityGroups')).toEqual([door]);
  });

  it('two hosts in private subnets of two zones, of which either is reached from both', () => {
    const hostsGroup = only('AWS::AutoScaling::AutoScalingGroup');
    expect(model.references(hostsGroup, 'VPCZoneIdentifier').map(({ path }) => path)).toEqual([
      'vpc/insideSubnet1/Subnet',
      'vpc/insideSubnet2/Subnet',
    ]);
    expect(attributes('AWS::ElasticLoadBalancingV2::LoadBalancer', 'LoadBalancerAttributes')).toMatchObject({
      'load_balancing.cross_zone.enabled': 'true',
    });
  });

  it('asks by TCP whether they are well, and lets sessions end', () => {
    expect(only('AWS::ElasticLoadBalancingV2::TargetGroup').properties).toMatchObject({
      Protocol: 'TCP',
      Port: 22,
      HealthCheckProtocol: 'TCP',
    });
    expect(attributes('AWS::ElasticLoadBalancingV2::TargetGroup', 'TargetGroupAttributes')).toMatchObject({
      'deregistration_delay.timeout_seconds': '3600',
      'deregistration_delay.connection_termination.enabled': 'false',
      'preserve_client_ip.enabled': 'true',
    });
  });
});

describe('by an Elastic IP', () => {
  const { only, hosts } = way('asg');

  it('known networks get to the host', () => {
    expect(rulesOf(model, hosts, 'Ingress')).toEqual(['203.0.113.0/24 tcp 22', '2001:db8:7::/48 tcp 22']);
  });

  it('one host over two zones takes the address when it starts, and has the same host key', () => {
    const one = only('AWS::AutoScaling::AutoScalingGroup');
    expect(model.references(one, 'VPCZoneIdentifier')).toHaveLength(2);
    const userData = JSON.stringify(only('AWS::EC2::LaunchTemplate').properties);
    expect(userData).toContain('attach-address');
    expect(userData).toContain('00-bastion.conf');
  });
});

it.each(['nlb', 'asg'])('user data of %s is what bash can read, and no more than EC2 takes', (mode) => {
  const { LaunchTemplateData: data } = way(mode).only('AWS::EC2::LaunchTemplate').properties as {
    LaunchTemplateData: { UserData: { 'Fn::Base64': { 'Fn::Join': [string, unknown[]] } } };
  };
  const whole = data.UserData['Fn::Base64']['Fn::Join'][1]
    .map((one) => (typeof one === 'string' ? one : 'x'.repeat(100)))
    .join('');
  expect(syntaxOf(whole)).toEqual({ code: 0, output: '' });
  expect(whole.length).toBeLessThan(16_384);
});

describe('networks', () => {
  it.each(['0.0.0.0/0', '::/0', '0.0.0.0/1', '128.0.0.0/1', '2000::/3'])(
    '%s is everybody, and refused',
    (cidr) => {
      expect(() => peersOf(['203.0.113.0/24', cidr])).toThrow(`${cidr} is everybody, or nearly`);
    },
  );

  it.each(['203.0.113.1', '203.0.113.0/33', 'office', '10.0.0/8', ''])('%s is none', (cidr) => {
    expect(() => peersOf([cidr])).toThrow('is no network');
  });

  it('have to be said', () => {
    expect(() => peersOf([])).toThrow('say which networks');
  });

  it.each(['nlb', 'asg'] as const)('of everybody are refused by the bastion: %s', (mode) => {
    const stack = exampleStack(testApp(), 'odd', '');
    const vpc = exampleVpc(stack);
    const access = {
      mode,
      subnets: { subnets: vpc.publicSubnets },
      cidrs: ['0.0.0.0/0'],
      authorizedKeys: [],
      hostKey: undefined as never,
    };
    expect(() => new Bastion(stack, 'bastion', { vpc, access, reaches: [] })).toThrow('is everybody');
  });
});

/** A host that has never been started, and an account with a host key. */
function host() {
  const machine = new Machine();
  for (const name of ['systemctl', 'sshd', 'useradd']) machine.program(name);
  machine.program('id', 'exit 1');
  const folder = mkdtempSync(join(tmpdir(), 'keys-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const key = (name: string): string => {
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', name, '-f', join(folder, name)]);
    return readFileSync(join(folder, name), 'utf8');
  };
  const known = key('known');
  machine.write('secret', known);
  machine.write('etc/ssh/sshd_config', 'PermitRootLogin yes\n');
  machine.program('aws', `cat '${machine.root}/secret'`);
  machine.program('sleep');
  const start = (change: Record<string, string> = {}) =>
    machine.run(script, {
      HOST_KEY: 'arn:aws:secretsmanager:us-east-1:123456789012:secret:host',
      AUTHORIZED_KEYS: 'ssh-ed25519 AAAA ana\nssh-ed25519 BBBB ben',
      AWS_REGION: 'us-east-1',
      ...change,
    });
  return {
    machine,
    known,
    key,
    publicKey: (name: string) => readFileSync(join(folder, `${name}.pub`), 'utf8'),
    start,
  };
}

describe('a host of SSH', () => {
  it('has the host key of the secret, so that ssh does not warn whichever it comes to', () => {
    const { machine, known, publicKey, start } = host();
    expect(start()).toEqual({ code: 0, output: '' });
    expect(machine.read('etc/ssh/host_key')).toBe(known);
    expect(machine.read('etc/ssh/host_key.pub').split(' ').slice(0, 2)).toEqual(
      publicKey('known').split(' ').slice(0, 2),
    );
    expect(machine.calls().slice(-3)).toEqual([
      `sshd -t -f ${machine.root}/etc/ssh/sshd_config`,
      'systemctl enable sshd.service',
      'systemctl reload-or-restart sshd.service',
    ]);
    const { output } = machine.run('stat -c %a "$DESTDIR/etc/ssh/host_key"');
    expect(output.trim()).toBe('600');
  });

  it('is only jumped over: its settings come before those of the image', () => {
    const { machine, start } = host();
    start();
    const settings = machine.read('etc/ssh/sshd_config.d/00-bastion.conf');
    for (const line of [
      'AllowUsers jump',
      'PermitTTY no',
      'ForceCommand /sbin/nologin',
      'AllowTcpForwarding local',
    ])
      expect(settings.split('\n')).toContain(line);
    expect(settings).toContain(`HostKey ${machine.root}/etc/ssh/host_key\n`);
    expect(machine.read('etc/ssh/sshd_config').split('\n')[0]).toBe('Include /etc/ssh/sshd_config.d/*.conf');
    expect(machine.read('etc/ssh/authorized_keys.d/jump')).toBe(
      'ssh-ed25519 AAAA ana\nssh-ed25519 BBBB ben\n',
    );
  });

  it('takes other keys when it is run again, and is otherwise as it was', () => {
    const { machine, key, start } = host();
    start();
    const before = machine.read('etc/ssh/sshd_config.d/00-bastion.conf');
    machine.program('id', 'exit 0');
    const other = key('other');
    machine.write('secret', other);
    machine.calls();
    expect(start({ AUTHORIZED_KEYS: 'ssh-ed25519 BBBB ben' })).toEqual({ code: 0, output: '' });
    expect(machine.read('etc/ssh/host_key')).toBe(other);
    expect(machine.read('etc/ssh/authorized_keys.d/jump')).toBe('ssh-ed25519 BBBB ben\n');
    expect(machine.read('etc/ssh/sshd_config.d/00-bastion.conf')).toBe(before);
    expect(machine.read('etc/ssh/sshd_config').match(/^Include/gm)).toHaveLength(1);
    expect(machine.calls().filter((one) => one.startsWith('useradd'))).toEqual([]);
  });

  it.each([
    ['nobody gives the key', 'exit 1'],
    ['the secret is no key', 'echo what'],
  ])('lets nobody in when %s: with another host key everybody would be warned', (_why, aws) => {
    const { machine, start } = host();
    machine.program('aws', aws);
    expect(start().code).not.toBe(0);
    expect(machine.has('etc/ssh/host_key')).toBe(false);
    const calls = machine.calls().filter((one) => one.startsWith('systemctl'));
    expect(calls).toEqual(['systemctl stop sshd.service']);
  });

  it('waits for Secrets Manager', () => {
    const { machine, start } = host();
    machine.program(
      'aws',
      `n=$(cat '${machine.root}/n' 2>/dev/null || echo 0); echo $((n + 1)) >'${machine.root}/n'
       [ "$n" -ge 2 ] && cat '${machine.root}/secret'`,
    );
    expect(start().code).toBe(0);
    expect(machine.calls().filter((one) => one.startsWith('sleep'))).toEqual(['sleep 1', 'sleep 2']);
  });
});
