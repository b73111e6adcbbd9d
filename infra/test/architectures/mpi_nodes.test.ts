import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { bootLines } from '../../architectures/mpi-nodes/user-data.ts';
import { text, type Properties } from '../../model.ts';
import { modelOfExample } from '../stage.ts';
import { Machine, syntaxOf } from './machine.ts';
import { rulesOf } from './target-file.ts';

const model = modelOfExample('mpi-nodes');
const all = (type: string) => model.resources.filter((one) => one.type === type);
const only = (type: string) => {
  expect(all(type)).toHaveLength(1);
  return all(type)[0]!;
};
const group = (description: RegExp) =>
  all('AWS::EC2::SecurityGroup').find(({ properties }) =>
    description.test(text(properties['GroupDescription'])),
  )!;
const template = only('AWS::EC2::LaunchTemplate');
const data = template.properties['LaunchTemplateData'] as Properties;

describe('nodes', () => {
  const nodes = only('AWS::AutoScaling::AutoScalingGroup');

  it('are side by side in one zone, up to as many as are asked for, none at first', () => {
    expect(nodes.properties).toMatchObject({ MinSize: '0', MaxSize: '4' });
    expect(nodes.properties['DesiredCapacity']).toBeUndefined();
    expect(model.references(nodes, 'VPCZoneIdentifier')).toMatchObject([
      { path: 'vpc/insideSubnet1/Subnet' },
    ]);
    expect(model.references(nodes, 'PlacementGroup')).toEqual([only('AWS::EC2::PlacementGroup')]);
    expect(only('AWS::EC2::PlacementGroup').properties['Strategy']).toBe('cluster');
  });

  it('have EFA, and the groups for it', () => {
    const together = group(/by EFA and by ssh/);
    expect(data['NetworkInterfaces']).toMatchObject([
      { InterfaceType: 'efa', DeviceIndex: 0, NetworkCardIndex: 0 },
    ]);
    expect(model.within(template, data['NetworkInterfaces'] ?? null)).toEqual([
      group(/nobody gets in/),
      together,
    ]);
    for (const direction of ['Ingress', 'Egress'] as const)
      expect(rulesOf(model, together, direction)).toContain('mpi/efa all');
    expect(rulesOf(model, together, 'Ingress')).toHaveLength(1);
    expect(rulesOf(model, group(/nobody gets in/), 'Ingress')).toEqual([]);
  });

  it('do not start before they may speak to each other', () => {
    const [stack] = Object.values(model.templates) as {
      Resources: Record<string, { DependsOn?: string[] }>;
    }[];
    const waits = stack!.Resources[nodes.id]!.DependsOn!;
    const rules = model.resources
      .filter(({ type }) => /SecurityGroup(In|E)gress$/.test(type))
      .map(({ id }) => id);
    expect(waits).toEqual(expect.arrayContaining(rules));
  });

  it('count when they are ready, and are given up otherwise', () => {
    expect(nodes.properties['LifecycleHookSpecificationList']).toMatchObject([
      {
        LifecycleHookName: 'ready',
        LifecycleTransition: 'autoscaling:EC2_INSTANCE_LAUNCHING',
        DefaultResult: 'ABANDON',
      },
    ]);
  });

  it('ask for a token of metadata, and encrypt their disk', () => {
    expect(data).toMatchObject({
      InstanceType: 'c7gn.16xlarge',
      MetadataOptions: { HttpTokens: 'required' },
      BlockDeviceMappings: [{ Ebs: { Encrypted: true } }],
    });
  });

  it('start with what bash can read, and no more than EC2 takes', () => {
    const { 'Fn::Base64': script } = data['UserData'] as {
      'Fn::Base64': { 'Fn::Join': [string, unknown[]] };
    };
    const whole = script['Fn::Join'][1]
      .map((one) => (typeof one === 'string' ? one : 'x'.repeat(100)))
      .join('');
    expect(syntaxOf(whole)).toEqual({ code: 0, output: '' });
    expect(whole.length).toBeLessThan(16_384);
  });
});

/** What Secrets Manager keeps, of all nodes: a version is made once. */
function secrets(): string {
  const folder = mkdtempSync(join(tmpdir(), 'secrets-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** An instance that was just started. */
function node(kept = secrets(), index = 1) {
  const machine = new Machine();
  for (const name of ['modprobe', 'dnf', 'chown', 'sleep', 'gcc']) machine.program(name);
  machine.write('etc/passwd', '');
  machine.write('home/ec2-user/.ssh/authorized_keys', 'ssh-ed25519 AAAA somebody\n', 0o600);
  machine.write(
    'aws-efa-installer/efa_installer.sh',
    `#!/bin/bash
echo "installed $*" >>'${machine.root}/installed'
mkdir -p '${machine.root}/opt/amazon/openmpi/bin' '${machine.root}/opt/amazon/efa/bin'
printf '#!/bin/bash\\n[ ! -e ${machine.root}/no-efa ]' >'${machine.root}/opt/amazon/efa/bin/fi_info'
touch '${machine.root}/opt/amazon/openmpi/bin/mpirun'
chmod +x '${machine.root}/opt/amazon/openmpi/bin/mpirun' '${machine.root}/opt/amazon/efa/bin/fi_info'
`,
    0o755,
  );
  execFileSync('tar', ['-czf', 'installer.tar.gz', 'aws-efa-installer'], { cwd: machine.root });
  machine.metadata(
    { 'meta-data/instance-id': `i-${index}`, 'meta-data/placement/region': 'us-east-1' },
    `*aws-efa-installer-latest.tar.gz) cp '${machine.root}/installer.tar.gz' aws-efa-installer-latest.tar.gz ; exit ;;`,
  );
  machine.program(
    'aws',
    `word() { while [ $# -gt 1 ]; do [ "$1" = "$want" ] && echo "$2" && return; shift; done; }
case "$1 $2" in
  'secretsmanager get-secret-value') want=--version-id ; cat "${kept}/$(word "$@")" ;;
  'secretsmanager put-secret-value')
    want=--client-request-token ; version=$(word "$@")
    want=--secret-string ; value=$(word "$@")
    cp "\${value#file://}" "${kept}/${index}.new" && ln "${kept}/${index}.new" "${kept}/$version" ;;
  'autoscaling describe-auto-scaling-groups') cat '${machine.root}/in-service' ;;
  'ec2 describe-instances') printf '10.0.0.10\\t64\\n10.0.0.9\\t64\\n' ;;
esac`,
  );
  const script = bootLines({
    GROUP: 'mpi',
    HOOK: 'ready',
    KEY_SECRET: 'arn:aws:secretsmanager:us-east-1:123456789012:secret:key',
    KEY_VERSION: '0123456789abcdef0123456789abcdef',
    NODES_CIDR: '10.30.16.0/20',
    AWS_REGION: 'us-east-1',
  }).join('\n');
  const said = () =>
    machine
      .calls()
      .filter((one) => one.includes('complete-lifecycle-action'))
      .map((one) => one.split(' ').at(-1));
  return { machine, kept, script, said, boot: () => machine.run(script) };
}

describe('an instance that starts', () => {
  it('has EFA and MPI, memory without limit, and counts', () => {
    const { machine, boot, said } = node();
    expect(boot()).toEqual({ code: 0, output: '' });
    expect(machine.read('installed')).toBe('installed -y\n');
    expect(machine.read('etc/security/limits.d/90-mpi.conf')).toContain('* hard memlock unlimited\n');
    expect(said()).toEqual(['CONTINUE']);
  });

  it('whose EFA does not work is given up: the whole job would go by TCP', () => {
    const { machine, boot, said } = node();
    machine.write('no-efa', '');
    boot();
    expect(said()).toEqual(['ABANDON']);
  });

  it('that cannot fetch the installer is given up', () => {
    const { machine, boot, said } = node();
    execFileSync('rm', [join(machine.root, 'installer.tar.gz')]);
    boot();
    expect(said()).toEqual(['ABANDON']);
  });

  it('makes the key of the group, which is good from the subnet only, and leaves other keys', () => {
    const { machine, kept, boot } = node();
    boot();
    const key = readFileSync(join(kept, '0123456789abcdef0123456789abcdef'), 'utf8');
    expect(machine.read('home/ec2-user/.ssh/id_ed25519').trim()).toBe(key.trim());
    const lines = machine.read('home/ec2-user/.ssh/authorized_keys').trim().split('\n');
    expect(lines).toEqual([
      'ssh-ed25519 AAAA somebody',
      expect.stringMatching(/^from="10\.30\.16\.0\/20" ssh-ed25519 \S+ mpi$/),
    ]);
    const { output } = machine.run(
      'stat -c %a "$DESTDIR/home/ec2-user/.ssh/id_ed25519" "$DESTDIR/home/ec2-user/.ssh"',
    );
    expect(output.trim().split('\n')).toEqual(['600', '700']);
  });

  it('has the same key as all others that start at the same moment', async () => {
    const kept = secrets();
    const nodes = [1, 2, 3, 4].map((index) => node(kept, index));
    const runs = await Promise.all(nodes.map(({ machine, script }) => machine.start(script)));
    expect(runs.map(({ code }) => code)).toEqual([0, 0, 0, 0]);
    const keys = nodes.map(({ machine }) => machine.read('home/ec2-user/.ssh/id_ed25519'));
    expect(new Set(keys).size).toBe(1);
    for (const { said } of nodes) expect(said()).toEqual(['CONTINUE']);
  });

  it('is as it was when it is run again', () => {
    const { machine, boot, said } = node();
    boot();
    const files = [
      'home/ec2-user/.ssh/authorized_keys',
      'home/ec2-user/.ssh/id_ed25519',
      'home/ec2-user/.ssh/config',
    ];
    const before = files.map((file) => machine.read(file));
    expect(boot()).toEqual({ code: 0, output: '' });
    expect(files.map((file) => machine.read(file))).toEqual(before);
    expect(machine.read('installed')).toBe('installed -y\n');
    expect(said()).toEqual(['CONTINUE', 'CONTINUE']);
  });
});

describe('mpi-hosts', () => {
  const hosts = 'exec "$DESTDIR/usr/local/bin/mpi-hosts"';

  it('names nodes that are ready, with as many slots as they have cores', () => {
    const { machine, boot } = node();
    boot();
    machine.write('in-service', 'i-1\ni-2\n');
    expect(machine.run(`${hosts} 2`)).toEqual({
      code: 0,
      output: '10.0.0.9 slots=64\n10.0.0.10 slots=64\n',
    });
    expect(machine.calls().filter((one) => one.startsWith('aws ec2'))).toEqual([
      expect.stringContaining('--instance-ids i-1 i-2 '),
    ]);
  });

  it('waits for as many as are asked for, and says so when they do not come', () => {
    const { machine, boot } = node();
    boot();
    machine.write('in-service', '');
    machine.calls();
    const { code, output } = machine.run(`${hosts} 2`);
    expect(code).toBe(1);
    expect(output).toContain('not 2 nodes in 15 minutes');
    const waited = machine.calls().filter((one) => one === 'sleep 10');
    expect(waited).toHaveLength(90);
  });
});
