import { Port, type IVpc } from 'aws-cdk-lib/aws-ec2';
import type { Construct } from 'constructs';
import { ClosedGroup } from './closed-group.ts';

/**
 * Nodes that speak to each other by EFA. It bypasses the operating system and has no ports, so all traffic has to be
 * allowed from the group to itself, in and out; a way out to 0.0.0.0/0 does not count ("Get started with EFA and MPI").
 */
export class EfaGroup extends ClosedGroup {
  constructor(scope: Construct, id: string, { vpc }: { vpc: IVpc }) {
    super(scope, id, {
      vpc,
      description: 'Nodes of one job: everything between them, by EFA and by ssh',
      ports: [Port.allTraffic()],
    });
  }
}
