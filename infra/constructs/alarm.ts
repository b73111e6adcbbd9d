import { Alarm, ComparisonOperator, TreatMissingData, type IMetric } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';

export interface Watched {
  /** What it means to whoever is woken, and where it says what to do. */
  meaning: string;
  metric: IMetric;
  above: number;
  /** Minutes out of minutes. */
  for: [number, number];
  /** Who hears when it begins, and when it is over. */
  tell?: ITopic | undefined;
  name?: string;
}

/** Something that is too much. What is not measured is not. */
export function alarmOf(
  scope: Construct,
  id: string,
  { meaning, metric, above, for: [bad, of], tell, name }: Watched,
): Alarm {
  const alarm = new Alarm(scope, id, {
    ...(name !== undefined && { alarmName: name }),
    alarmDescription: meaning,
    metric,
    threshold: above,
    comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
    datapointsToAlarm: bad,
    evaluationPeriods: of,
    treatMissingData: TreatMissingData.NOT_BREACHING,
  });
  if (tell !== undefined) {
    alarm.addAlarmAction(new SnsAction(tell));
    alarm.addOkAction(new SnsAction(tell));
  }
  return alarm;
}
