import { SubnetType } from 'aws-cdk-lib/aws-ec2';
import type { Construct } from 'constructs';
import { exampleStack, exampleVpc } from '../example-stack.ts';
import { MpiNodes } from './index.ts';

/** Up to four nodes of 64 Graviton cores and 200 Gb/s; none of them until somebody asks. */
export function example(stage: Construct): void {
  const stack = exampleStack(stage, 'mpi-nodes', 'Nodes of MPI, side by side, with EFA');
  const vpc = exampleVpc(stack, { natGateways: 1 });
  const [subnet] = vpc.selectSubnets({ subnetType: SubnetType.PRIVATE_WITH_EGRESS }).subnets;
  new MpiNodes(stack, 'mpi', { vpc, subnet: subnet!, instanceType: 'c7gn.16xlarge', nodes: 4 });
}
