import { CfnOutput } from 'aws-cdk-lib';
import {
  Port,
  type IConnectable,
  type IVpc,
  type SecurityGroup,
  type SubnetSelection,
} from 'aws-cdk-lib/aws-ec2';
import type { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { byAddress } from './by-address.ts';
import { byEndpoint } from './by-endpoint.ts';
import { byLoadBalancer } from './by-load-balancer.ts';
import { bySessionManager } from './by-session-manager.ts';

/** Who gets in by SSH, and how he knows that it is us. */
export interface SshProps {
  /** Networks that may try, IPv4 or IPv6. Everybody is refused. */
  cidrs: readonly string[];
  /** Public keys, as in authorized_keys, of who may jump. */
  authorizedKeys: readonly string[];
  /** Its value is the private host key, in the format of OpenSSH. */
  hostKey: ISecret;
}

/** How people get there. Prices a month in us-east-1, idle (AWS price list, 2026-11); README.md compares them. */
export type Access =
  /** Session Manager: nothing is open to anybody. By a NAT gateway that is there, or by endpoints of its own, $7.30 each and zone. */
  | { mode?: 'ssm'; subnets: SubnetSelection; reach: 'nat' | 'endpoints' }
  /** SSH through EC2 Instance Connect Endpoint, which costs nothing. Subnets need no way out. */
  | { mode: 'eice'; subnets: SubnetSelection }
  /** Two hosts in private subnets with a way out, behind an NLB: $23.73, and two hosts. */
  | ({ mode: 'nlb'; subnets: SubnetSelection } & SshProps)
  /** One host at an Elastic IP, in one of the public subnets: $3.65, and the host. */
  | ({ mode: 'asg'; subnets: SubnetSelection } & SshProps);

export interface BastionProps {
  vpc: IVpc;
  access: Access;
  /** What it is for: who may be reached over it, and where. */
  reaches: readonly { to: IConnectable; port: Port; what: string }[];
  /** Of Graviton. Default: t4g.nano, 512 MiB. */
  instanceType?: string;
}

/** What each way in has made. */
export interface Way {
  securityGroup: SecurityGroup;
  /** What people's roles need to get in, besides a key where it is SSH. */
  statements: readonly PolicyStatement[];
  /** How to get in. */
  command: string;
}

export type WayProps<Mode extends Access['mode'] = Access['mode']> = Pick<BastionProps, 'vpc'> & {
  instanceType: string;
  access: Extract<Access, { mode?: Mode }>;
};

/** A way into private subnets for people: see README.md. */
export class Bastion extends Construct implements Way {
  readonly securityGroup: SecurityGroup;
  readonly statements: readonly PolicyStatement[];
  readonly command: string;

  constructor(scope: Construct, id: string, props: BastionProps) {
    super(scope, id);
    const { securityGroup, statements, command } = this.#way(props);
    this.securityGroup = securityGroup;
    this.statements = statements;
    this.command = command;
    for (const { to, port, what } of props.reaches) {
      securityGroup.connections.allowTo(to, port, what);
    }
    new CfnOutput(this, 'get-in', { value: command });
  }

  #way({ vpc, access, instanceType = 't4g.nano' }: BastionProps): Way {
    const { mode = 'ssm' } = access;
    const props = { vpc, instanceType };
    switch (mode) {
      case 'ssm':
        return bySessionManager(this, { ...props, access: access as WayProps<'ssm'>['access'] });
      case 'eice':
        return byEndpoint(this, { ...props, access: access as WayProps<'eice'>['access'] });
      case 'nlb':
        return byLoadBalancer(this, { ...props, access: access as WayProps<'nlb'>['access'] });
      case 'asg':
        return byAddress(this, { ...props, access: access as WayProps<'asg'>['access'] });
    }
  }
}
