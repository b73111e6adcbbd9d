import { AutoScalingClient } from '@aws-sdk/client-auto-scaling';
import { CreateSubnetCommand, CreateVpcCommand, EC2Client } from '@aws-sdk/client-ec2';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { SQSClient } from '@aws-sdk/client-sqs';
import { startEc2Sandbox, type Ec2Control } from '@groundwork/aws-sandbox/testing';

export const REGION = 'us-east-1';
export const ZONES = ['us-east-1a', 'us-east-1b'] as const;

/**
 * How long AWS takes, as it usually does: nothing of it is promised, nor measured here. Status checks are made every
 * minute; a group asks for them about as often.
 */
const TIMES = {
  pendingMs: 15_000,
  stoppingMs: 30_000,
  shuttingDownMs: 30_000,
  initializingMs: 150_000,
  volumeMs: 5_000,
  attachMs: 3_000,
  detachMs: 3_000,
  snapshotMs: 90_000,
  scalingMs: 10_000,
  relaunchMs: 60_000,
  proceedMs: 1_000,
  healthCheckMs: 60_000,
  zoneLossMs: 300_000,
};

/** An account of the sandbox, with a network in two zones, that takes its time as AWS does. */
export interface Account {
  endpoint: string;
  control: Ec2Control;
  ec2: EC2Client;
  autoScaling: AutoScalingClient;
  events: EventBridgeClient;
  sqs: SQSClient;
  /** What a client of the SDK is made with. */
  settings: {
    endpoint: string;
    region: string;
    credentials: { accessKeyId: string; secretAccessKey: string };
  };
  /** One in each zone. */
  subnetIds: string[];
  close(): Promise<void>;
}

export async function openAccount(): Promise<Account> {
  const sandbox = await startEc2Sandbox();
  const { endpoint, control } = sandbox;
  const settings = {
    endpoint,
    region: REGION,
    credentials: { accessKeyId: 'sandbox', secretAccessKey: 'sandbox' },
  };
  const clients = {
    ec2: new EC2Client(settings),
    autoScaling: new AutoScalingClient(settings),
    events: new EventBridgeClient(settings),
    sqs: new SQSClient({ ...settings, useQueueUrlAsEndpoint: false }),
  };
  const { Vpc } = await clients.ec2.send(new CreateVpcCommand({ CidrBlock: '10.30.0.0/16' }));
  const subnetIds: string[] = [];
  for (const [index, AvailabilityZone] of ZONES.entries()) {
    const { Subnet } = await clients.ec2.send(
      new CreateSubnetCommand({ VpcId: Vpc?.VpcId, CidrBlock: `10.30.${index}.0/24`, AvailabilityZone }),
    );
    subnetIds.push(Subnet!.SubnetId!);
  }
  await control.set(TIMES);
  return {
    endpoint,
    control,
    settings,
    ...clients,
    subnetIds,
    close: async () => {
      for (const client of Object.values(clients)) client.destroy();
      await sandbox.close();
    },
  };
}
