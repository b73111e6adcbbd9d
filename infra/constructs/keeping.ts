import { RemovalPolicy } from 'aws-cdk-lib';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Parameters } from '../parameters.ts';

/** What becomes of data when its stack is deleted; of a first deployment that fails nothing stays, so that it can be repeated. */
export const removal = ({ keepsData }: Parameters): RemovalPolicy =>
  keepsData ? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE : RemovalPolicy.DESTROY;

/** The days that CloudWatch Logs knows are the values of the enum. */
export function retention({ stage, logRetentionDays }: Parameters): RetentionDays {
  if (RetentionDays[logRetentionDays] !== undefined) return logRetentionDays;
  const known = Object.values(RetentionDays).filter((one) => typeof one === 'number');
  throw new Error(
    `${stage}: logRetentionDays ${logRetentionDays} is none that CloudWatch Logs has: ${known.join(', ')}`,
  );
}
