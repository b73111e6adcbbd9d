import { DescribeInstanceStatusCommand } from '@aws-sdk/client-ec2';
import type { Model } from '../model.ts';
import type { Account } from './cloud.ts';
import type { Deployed } from './deploy.ts';
import type { Simulation } from './simulation.ts';

interface Alarm {
  instanceId: string;
  periodMs: number;
  periods: number;
  missingIsBreaching: boolean;
}

/** CloudWatch, as far as alarms about status checks go: who has one of them is told when it goes off. */
export class Alarms {
  readonly #account: Account;
  readonly #simulation: Simulation;
  #isClosed = false;

  constructor(account: Account, simulation: Simulation) {
    this.#account = account;
    this.#simulation = simulation;
  }

  /** Those of a template, as they are in it. */
  watch(model: Model, { ids }: Deployed, goesOff: () => void): void {
    for (const { properties, type } of model.resources) {
      if (type !== 'AWS::CloudWatch::Alarm' || properties['MetricName'] !== 'StatusCheckFailed') continue;
      const [dimension] = properties['Dimensions'] as { Value: { Ref: string } }[];
      void this.#watch(
        {
          instanceId: ids.get(dimension?.Value.Ref ?? '') ?? '',
          periodMs: Number(properties['Period']) * 1_000,
          periods: Number(properties['EvaluationPeriods']),
          missingIsBreaching: properties['TreatMissingData'] === 'breaching',
        },
        goesOff,
      );
    }
  }

  close(): void {
    this.#isClosed = true;
  }

  async #watch(
    { instanceId, periodMs, periods, missingIsBreaching }: Alarm,
    goesOff: () => void,
  ): Promise<void> {
    let breaching = 0;
    for (;;) {
      await this.#simulation.wait(periodMs);
      if (this.#isClosed) return;
      const failed = await this.#checksFailed(instanceId);
      breaching = (failed ?? missingIsBreaching) ? breaching + 1 : 0;
      if (breaching === periods) goesOff();
    }
  }

  /** Undefined: there are no checks of what does not run. */
  async #checksFailed(instanceId: string): Promise<boolean | undefined> {
    const { InstanceStatuses = [] } = await this.#account.ec2.send(
      new DescribeInstanceStatusCommand({
        Filters: [{ Name: 'instance-state-name', Values: ['running'] }],
      }),
    );
    const own = InstanceStatuses.find((one) => one.InstanceId === instanceId);
    return own && [own.InstanceStatus?.Status, own.SystemStatus?.Status].includes('impaired');
  }
}
