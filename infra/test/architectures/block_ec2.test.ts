import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { App } from 'aws-cdk-lib';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { describe, expect, it, onTestFinished } from 'vitest';
import { agentUserData } from '../../architectures/block-ec2/agent.ts';
import { exampleStack } from '../../architectures/example-stack.ts';
import { modelOfExample } from '../stage.ts';
import { Machine, syntaxOf } from './machine.ts';
import { rulesOf, targetsOf } from './target-file.ts';

const path = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url));
const script = readFileSync(path('../../architectures/block-ec2/user-data.sh'), 'utf8');
const readme = readFileSync(path('../../../apps/ip-blocklist/README.md'), 'utf8');

const model = modelOfExample('block-ec2');
const only = (type: string) => {
  const found = model.resources.filter((one) => one.type === type);
  expect(found).toHaveLength(1);
  return found[0]!;
};

describe('the network ACL', () => {
  it('is that of the subnets that the server is in', () => {
    const subnets = model.resources
      .filter(({ type }) => type === 'AWS::EC2::SubnetNetworkAclAssociation')
      .map((one) => model.references(one, 'SubnetId')[0]?.path);
    expect(subnets).toEqual(['vpc/publicSubnet1/Subnet', 'vpc/publicSubnet2/Subnet']);
  });

  it('only allows, after all that ip-blocklist denies, so that no deployment takes a denial away', () => {
    const entries = model.resources.filter(({ type }) => type === 'AWS::EC2::NetworkAclEntry');
    expect(entries.map(({ properties }) => properties)).toMatchObject(
      [false, true].map((Egress) => ({
        Egress,
        RuleAction: 'allow',
        RuleNumber: 100,
        Protocol: -1,
        CidrBlock: '0.0.0.0/0',
      })),
    );
  });

  it('is told to ip-blocklist in a file that it takes, with numbers before ours', () => {
    const [target, ...others] = targetsOf(model.templates['groundwork-example-block-ec2']!);
    expect(others).toEqual([]);
    expect(target).toMatchObject({
      kind: 'network-acl',
      topology: 'ec2-public',
      networkAcl: only('AWS::EC2::NetworkAcl').id,
      rules: { first: 1, last: 80 },
    });
  });
});

describe('the server', () => {
  const instance = only('AWS::EC2::Instance');

  it('has a public address, and is open at its ports only', () => {
    expect(instance.properties['NetworkInterfaces']).toMatchObject([{ AssociatePublicIpAddress: true }]);
    expect(rulesOf(model, only('AWS::EC2::SecurityGroup'), 'Ingress')).toEqual(['0.0.0.0/0 tcp 443']);
  });

  it('gives its credentials to nobody who does not ask with a token, and has an encrypted disk', () => {
    const said = JSON.stringify([instance.properties, model.templates]);
    expect(said).toContain('"HttpTokens":"required"');
    expect(instance.properties['BlockDeviceMappings']).toMatchObject([{ Ebs: { Encrypted: true } }]);
  });

  it('may fetch one bundle and one key, and nothing else', () => {
    const { Statement } = only('AWS::IAM::Policy').properties['PolicyDocument'] as never;
    expect(Statement).toMatchObject([
      { Action: 's3:GetObject' },
      { Action: 'secretsmanager:GetSecretValue' },
    ]);
    expect(JSON.stringify(Statement)).not.toContain('*');
  });
});

it('the bundle is of the agent as it is now, and runs', () => {
  const outdir = mkdtempSync(join(tmpdir(), 'agent-'));
  onTestFinished(() => rmSync(outdir, { recursive: true, force: true }));
  const stack = exampleStack(new App({ outdir }), 'bundle', '');
  const role = new Role(stack, 'role', { assumedBy: new ServicePrincipal('ec2.amazonaws.com') });
  const agentKey = new Secret(stack, 'key');
  agentUserData(stack, role, { blocklistUrl: 'https://blocklist.internal', agentKey });
  const [asset] = readdirSync(outdir).filter((one) => one.startsWith('asset.'));
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(outdir, asset!, 'agent.js')], {
    encoding: 'utf8',
    env: {},
  });
  expect(status).not.toBe(0);
  expect(stdout + stderr).toContain('BLOCKLIST_URL');
});

/** A host that has never been started, and an account with a bundle and a key. */
function host(): Machine & { start: (change?: Record<string, string>) => ReturnType<Machine['run']> } {
  const machine = new Machine();
  machine.metadata({ 'meta-data/instance-id': 'i-0abc' });
  machine.program('dnf');
  machine.program('systemctl');
  machine.write('bundle/agent.js', 'the agent');
  machine.write('bundle/package.json', '{}');
  execFileSync('python3', ['-m', 'zipfile', '-c', 'bundle.zip', 'bundle/agent.js', 'bundle/package.json'], {
    cwd: machine.root,
  });
  machine.program(
    'aws',
    `case "$1 $2" in
  's3 cp') cp '${machine.root}/bundle.zip' "\${@: -1}" ;;
  'secretsmanager get-secret-value') [ ! -e '${machine.root}/away' ] && cat '${machine.root}/secret' ;;
esac`,
  );
  machine.write('secret', 'gw_first\n');
  const settings = {
    BLOCKLIST_URL: 'https://blocklist.internal/x?a=$HOME',
    AGENT_BUNDLE: 's3://assets/agent.zip',
    AGENT_KEY: 'arn:aws:secretsmanager:us-east-1:123456789012:secret:key',
    ALWAYS_ADMIT: 'office=198.51.100.0/24,2001:db8::/48',
    AWS_REGION: 'eu-central-1',
  };
  return Object.assign(machine, {
    start: (change: Record<string, string> = {}) => machine.run(script, { ...settings, ...change }),
  });
}

describe('user data', () => {
  it('is what bash can read', () => {
    expect(syntaxOf(script)).toEqual({ code: 0, output: '' });
  });

  it('installs the agent and starts it', () => {
    const machine = host();
    expect(machine.start()).toEqual({ code: 0, output: '' });
    expect(machine.calls().filter((one) => !one.startsWith('curl'))).toEqual([
      'dnf install --assumeyes --quiet nftables nodejs24',
      expect.stringMatching(/^aws s3 cp --region eu-central-1 --no-progress s3:\/\/assets\/agent.zip /),
      'systemctl daemon-reload',
      'systemctl enable groundwork-agent.service',
      'systemctl restart --no-block groundwork-agent.service',
    ]);
    expect(machine.read('opt/groundwork/agent/agent.js')).toBe('the agent');
    const unit = machine.read('etc/systemd/system/groundwork-agent.service');
    expect(unit).toContain(`ExecStart=/usr/bin/node-24 ${machine.root}/opt/groundwork/agent/agent.js\n`);
    expect(unit).not.toContain('Requires=');
  });

  it('gives the agent settings that it knows, as they were said, under the name of the instance', () => {
    const machine = host();
    machine.start();
    const settings = Object.fromEntries(
      machine
        .read('etc/groundwork/agent.env')
        .trim()
        .split('\n')
        .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
    );
    expect(settings).toEqual({
      BLOCKLIST_URL: 'https://blocklist.internal/x?a=$HOME',
      AGENT_NAME: 'i-0abc',
      ALWAYS_ADMIT: 'office=198.51.100.0/24,2001:db8::/48',
    });
    const known = readme.slice(readme.indexOf('<!-- agent settings'));
    for (const name of [...Object.keys(settings), 'AGENT_API_KEY_FILE'])
      expect(known).toContain(`| \`${name}\``);
  });

  it('asks for the key when the agent starts, and keeps the last one while nobody answers', () => {
    const machine = host();
    machine.start();
    const fetch = `'${machine.root}/opt/groundwork/fetch-key'`;
    expect(machine.read('etc/systemd/system/groundwork-agent-key.service')).toContain(
      `ExecStart=${machine.root}/opt/groundwork/fetch-key\n`,
    );
    machine.calls();
    expect(machine.run(fetch).code).toBe(0);
    expect(machine.calls()).toEqual([
      'aws secretsmanager get-secret-value --region eu-central-1 --secret-id arn:aws:secretsmanager:us-east-1:123456789012:secret:key --query SecretString --output text',
    ]);
    expect(machine.read('etc/groundwork/agent.key')).toBe('gw_first\n');
    machine.write('away', '');
    expect(machine.run(fetch).code).not.toBe(0);
    expect(machine.read('etc/groundwork/agent.key')).toBe('gw_first\n');
    execFileSync('rm', [`${machine.root}/away`]);
    machine.write('secret', 'gw_second\n');
    expect(machine.run(fetch).code).toBe(0);
    expect(machine.read('etc/groundwork/agent.key')).toBe('gw_second\n');
  });

  it('leaves no key where others could read it', () => {
    const machine = host();
    machine.start();
    machine.run(`'${machine.root}/opt/groundwork/fetch-key'`);
    const { output } = machine.run(
      'stat -c %a "$DESTDIR/etc/groundwork" "$DESTDIR/etc/groundwork/agent.key"',
    );
    expect(output.trim().split('\n')).toEqual(['700', '600']);
  });

  it('does no harm when it is run twice, and takes what has changed', () => {
    const machine = host();
    machine.start();
    const before = machine.read('etc/systemd/system/groundwork-agent.service');
    machine.write('bundle/agent.js', 'a newer agent');
    execFileSync('python3', ['-m', 'zipfile', '-c', 'bundle.zip', 'bundle/agent.js', 'bundle/package.json'], {
      cwd: machine.root,
    });
    machine.calls();
    expect(machine.start({ ALWAYS_ADMIT: '' })).toEqual({ code: 0, output: '' });
    expect(machine.read('etc/systemd/system/groundwork-agent.service')).toBe(before);
    expect(machine.read('opt/groundwork/agent/agent.js')).toBe('a newer agent');
    expect(machine.read('etc/groundwork/agent.env')).toContain('ALWAYS_ADMIT=\n');
    expect(machine.calls().at(-1)).toBe('systemctl restart --no-block groundwork-agent.service');
  });

  it('leaves the agent that runs when the bundle cannot be fetched, and fails', () => {
    const machine = host();
    machine.start();
    machine.program('aws', 'exit 1');
    machine.calls();
    expect(machine.start().code).not.toBe(0);
    expect(machine.read('opt/groundwork/agent/agent.js')).toBe('the agent');
    expect(machine.calls().filter((one) => one.startsWith('systemctl'))).toEqual([]);
  });
});
