import { integerSetting, setting } from '@groundwork/service';
import { z } from 'zod';

const queue = (description: string, name: string) =>
  setting(z.url().optional(), {
    description,
    example: `https://sqs.eu-central-1.amazonaws.com/123456789012/${name}`,
  });

/** What arrives by message, and what is told that way. Without an address there is none of it. */
export const queueSettings = {
  INTAKE_QUEUE_URL: queue(
    'SQS FIFO queue from which blocks and their ends are taken: BlockRequested, UnblockRequested',
    'blocklist-intake.fifo',
  ),
  FINDINGS_QUEUE_URL: queue(
    'SQS queue into which EventBridge puts GuardDuty findings; whom they are about is blocked',
    'blocklist-findings',
  ),
  FINDINGS_MIN_SEVERITY: setting(z.coerce.number().min(1).max(10).default(4), {
    description: 'Findings of less severity (1 to 10) block nobody',
    example: '7',
  }),
  FINDINGS_TTL_SECONDS: setting(integerSetting({ min: 60, max: 31_536_000 }).default(86_400), {
    description: 'How long a finding blocks; one that comes again renews it, in seconds',
    example: '86400',
  }),
  LOGS_QUEUE_URL: queue(
    'SQS queue into which S3 tells of new access logs of ALBs and WAF, to which LOG_RULES apply',
    'blocklist-logs',
  ),
  LOG_RULES: setting(z.string().optional(), {
    description:
      'YAML file with rules: who makes so many such requests is blocked; or an s3:// address of one',
    example: 's3://my-config/log-rules.yaml',
  }),
  LOG_RULES_YAML: setting(z.string().optional(), {
    description: 'The same, inline',
    example:
      'rules: [{ name: logins, log: alb, match: { status: [401] }, threshold: 20, windowSeconds: 300, ttlSeconds: 3600 }]',
  }),
  CHANGES_TOPIC_ARN: setting(z.string().startsWith('arn:').optional(), {
    description: 'SNS topic to which every change is published, FIFO or not',
    example: 'arn:aws:sns:eu-central-1:123456789012:blocklist-changes',
  }),
  QUEUE_CONCURRENCY: setting(integerSetting({ min: 1, max: 100 }).default(8), {
    description: 'Messages of one queue handled at the same time',
    example: '8',
  }),
  QUEUE_POLL_SECONDS: setting(integerSetting({ min: 1, max: 20 }).default(5), {
    description: 'How long one poll waits for a message, and so a drain for the poll, in seconds',
    example: '5',
  }),
};

export type QueueSettings = {
  [K in keyof typeof queueSettings]: z.output<(typeof queueSettings)[K]>;
};
