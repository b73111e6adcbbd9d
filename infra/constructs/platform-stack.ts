import { Stack, Tags } from 'aws-cdk-lib';
import type { Construct, IConstruct } from 'constructs';
import type { Parameters } from '../parameters.ts';
import { acknowledge } from './acknowledge.ts';

export interface PlatformStackProps {
  parameters: Parameters;
  description: string;
  /** Default: that of the stage. What belongs to CloudFront's firewall has to be in us-east-1. */
  region?: string;
}

/** A stack of one stage. Nothing of it is looked up, so that it synthesises without network and account. */
export class PlatformStack extends Stack {
  readonly parameters: Parameters;

  constructor(scope: Construct, id: string, { parameters, description, region }: PlatformStackProps) {
    const { stage, account, keepsData } = parameters;
    super(scope, id, {
      stackName: `groundwork-${stage}-${id}`,
      description,
      env: { account, region: region ?? parameters.region },
      terminationProtection: keepsData,
    });
    this.parameters = parameters;
    acknowledge(this, 'CloudFormation-Validate::W3010', 'zones are by name, so that nothing is looked up');
    Tags.of(this).add('groundwork:stage', stage);
  }

  /** The one that a construct is in. */
  static override of(construct: IConstruct): PlatformStack {
    const stack = Stack.of(construct);
    if (stack instanceof PlatformStack) return stack;
    throw new Error(`${construct.node.path} is in no stack of the platform`);
  }

  /** By name, as a lookup would need credentials. */
  override get availabilityZones(): string[] {
    return this.parameters.network.zoneNames.map((zone) => `${this.region}${zone}`);
  }

  /** Of a resource whose name others have to know before it is there. */
  name(what: string): string {
    return `groundwork-${this.parameters.stage}-${what}`;
  }
}
