import {
  CreateLaunchTemplateCommand,
  CreateSubnetCommand,
  DescribeInstancesCommand,
  DescribeSubnetsCommand,
  DescribeVpcsCommand,
  RunInstancesCommand,
  type Instance,
  type RequestLaunchTemplateData,
  type RunInstancesCommandInput,
} from '@aws-sdk/client-ec2';
import type { Aws } from './contract.ts';
import { newVpc, type WithEc2 } from './ec2.ts';
import { defined, eventually, uniqueName } from './helpers.ts';

/** Images are not looked up here; one of this id is nowhere. */
export const IMAGE = 'ami-0123456789abcdef0';

/** One for all instances: an account has only so many. */
async function vpcOfInstances(aws: WithEc2): Promise<string> {
  const Tags = [{ Key: 'Name', Value: 'instances' }];
  const Filters = [{ Name: 'tag:Name', Values: ['instances'] }];
  const { Vpcs: [found] = [] } = await aws.ec2.send(new DescribeVpcsCommand({ Filters }));
  return found?.VpcId ?? newVpc(aws, undefined, { TagSpecifications: [{ ResourceType: 'vpc', Tags }] });
}

/** A new subnet in the zone of that letter. */
export async function subnetIn(aws: WithEc2, letter = 'a', vpc?: string): Promise<string> {
  const VpcId = vpc ?? (await vpcOfInstances(aws));
  const { Subnets = [] } = await aws.ec2.send(
    new DescribeSubnetsCommand({ Filters: [{ Name: 'vpc-id', Values: [VpcId] }] }),
  );
  const first = Subnets.length * 64;
  const { Subnet } = await aws.ec2.send(
    new CreateSubnetCommand({
      VpcId,
      CidrBlock: `10.0.${Math.floor(first / 256)}.${first % 256}/26`,
      AvailabilityZone: `us-east-1${letter}`,
    }),
  );
  return defined(Subnet?.SubnetId, 'the id of the subnet');
}

export async function launch(
  aws: WithEc2,
  SubnetId: string,
  options: Partial<RunInstancesCommandInput> = {},
): Promise<Instance> {
  const { Instances } = await aws.ec2.send(
    new RunInstancesCommand({
      ImageId: IMAGE,
      InstanceType: 't3.micro',
      MinCount: 1,
      MaxCount: 1,
      SubnetId,
      ...options,
    }),
  );
  return defined(Instances?.[0], 'the instance');
}

export async function readInstance(aws: WithEc2, id: string): Promise<Instance> {
  const { Reservations } = await aws.ec2.send(new DescribeInstancesCommand({ InstanceIds: [id] }));
  return defined(Reservations?.[0]?.Instances?.[0], `instance ${id}`);
}

export function inState(aws: Pick<Aws, 'ec2' | 'patience'>, id: string, state: string): Promise<Instance> {
  return eventually(`${id} is ${state}`, aws.patience, async () => {
    const instance = await readInstance(aws, id);
    return instance.State?.Name === state ? instance : undefined;
  });
}

/** One that runs; its id. */
export async function runningInstance(
  aws: Pick<Aws, 'ec2' | 'patience'>,
  subnet: string,
  options: Partial<RunInstancesCommandInput> = {},
): Promise<string> {
  const id = defined((await launch(aws, subnet, options)).InstanceId, 'InstanceId');
  await inState(aws, id, 'running');
  return id;
}

export async function newTemplate(aws: WithEc2, data: RequestLaunchTemplateData = {}): Promise<string> {
  const { LaunchTemplate } = await aws.ec2.send(
    new CreateLaunchTemplateCommand({
      LaunchTemplateName: uniqueName('template'),
      LaunchTemplateData: { ImageId: IMAGE, InstanceType: 't3.micro', ...data },
    }),
  );
  return defined(LaunchTemplate?.LaunchTemplateId, 'LaunchTemplateId');
}
