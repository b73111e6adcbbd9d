import { Port, SecurityGroup, SubnetType } from 'aws-cdk-lib/aws-ec2';
import type { Construct } from 'constructs';
import { exampleStack, exampleVpc } from '../example-stack.ts';
import { OneInstanceWithVolume } from './index.ts';

/** A PostgreSQL of one's own, for those who cannot have RDS. */
export function example(stage: Construct): void {
  const stack = exampleStack(
    stage,
    'one-instance-with-volume',
    'One instance, always one, and a volume that follows it',
  );
  // One in each zone: with the other zone's the next instance could not start when that zone is lost.
  const vpc = exampleVpc(stack, { natGateways: 2 });
  const securityGroup = new SecurityGroup(stack, 'postgres-group', {
    vpc,
    description: 'The database: its clients',
  });
  const clients = new SecurityGroup(stack, 'clients', { vpc, description: 'Who uses the database' });
  securityGroup.addIngressRule(clients, Port.tcp(5_432), 'Its clients');
  new OneInstanceWithVolume(stack, 'postgres', {
    vpc,
    subnets: { subnetType: SubnetType.PRIVATE_WITH_EGRESS },
    securityGroup,
    instanceType: 't4g.small',
    associatePublicIpAddress: false,
    volume: { sizeGib: 20, mount: '/data' },
    startService: [
      'dnf install -y postgresql16-server',
      'install -d -o postgres -g postgres -m 700 /data/postgres',
      '[ -e /data/postgres/PG_VERSION ] || sudo -u postgres initdb -D /data/postgres --data-checksums',
      'mkdir -p /etc/systemd/system/postgresql.service.d',
      "printf '[Unit]\\nRequiresMountsFor=/data\\n[Service]\\nEnvironment=PGDATA=/data/postgres\\n' >/etc/systemd/system/postgresql.service.d/data.conf",
      'systemctl daemon-reload',
      'systemctl enable --now postgresql',
    ],
    stopService: ['systemctl stop postgresql'],
  });
}
