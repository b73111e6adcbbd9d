import { Duration } from 'aws-cdk-lib';
import type { Alarm } from 'aws-cdk-lib/aws-cloudwatch';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { alarmOf, type Watched } from './alarm.ts';
import type { WorkQueue } from './work-queue.ts';

const MINUTE = Duration.minutes(1);

/** Wakes somebody when something died. */
export function deadLetterAlarm(
  scope: Construct,
  id: string,
  { queue, ...watched }: { queue: IQueue } & Pick<Watched, 'meaning' | 'tell' | 'name'>,
): Alarm {
  const metric = queue.metricApproximateNumberOfMessagesVisible({ period: MINUTE, statistic: 'Maximum' });
  return alarmOf(scope, id, { metric, above: 0, for: [1, 1], ...watched });
}

/** Of a queue with its dead letters: something died, something waits for too long. */
export function queueAlarms(
  scope: Construct,
  id: string,
  queue: WorkQueue,
  { tell, prefix }: Pick<Watched, 'tell'> & { prefix?: string } = {},
): void {
  const named = (what: string) => ({ tell, ...(prefix !== undefined && { name: `${prefix}${what}` }) });
  deadLetterAlarm(scope, `${id}-dead-letters`, {
    queue: queue.deadLetters,
    meaning: `Messages of ${id} that could not be handled: each says why in its attributes; redrive what was mended`,
    ...named('dead-letters'),
  });
  alarmOf(scope, `${id}-late`, {
    metric: queue.queue.metricApproximateAgeOfOldestMessage({ period: MINUTE, statistic: 'Maximum' }),
    meaning: `The oldest message of ${id} waits for more than ${queue.lateAfterSeconds} s: too few workers, or one thing that fails again and again`,
    above: queue.lateAfterSeconds,
    for: [3, 5],
    ...named('late'),
  });
}
