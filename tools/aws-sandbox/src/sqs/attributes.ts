import { sqsError } from './error.ts';

const DEFAULTS: Readonly<Record<string, string>> = {
  DelaySeconds: '0',
  MaximumMessageSize: '1048576',
  MessageRetentionPeriod: '345600',
  ReceiveMessageWaitTimeSeconds: '0',
  VisibilityTimeout: '30',
  SqsManagedSseEnabled: 'true',
};

const FIFO_DEFAULTS: Readonly<Record<string, string>> = {
  FifoQueue: 'true',
  ContentBasedDeduplication: 'false',
  DeduplicationScope: 'queue',
  FifoThroughputLimit: 'perQueue',
};

/** Least and greatest value. https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html */
const RANGES: Readonly<Record<string, readonly [number, number]>> = {
  DelaySeconds: [0, 900],
  MaximumMessageSize: [1_024, 1_048_576],
  MessageRetentionPeriod: [60, 1_209_600],
  ReceiveMessageWaitTimeSeconds: [0, 20],
  VisibilityTimeout: [0, 43_200],
};

const OTHERS = new Set([
  'Policy',
  'RedrivePolicy',
  'RedriveAllowPolicy',
  'KmsMasterKeyId',
  'KmsDataKeyReusePeriodSeconds',
  'SqsManagedSseEnabled',
  ...Object.keys(FIFO_DEFAULTS),
]);

export type QueueAttributes = Record<string, string>;

export interface RedrivePolicy {
  deadLetterTargetArn: string;
  maxReceiveCount: number;
}

/** Refuses what SQS refuses. */
export function checkAttributes(attributes: QueueAttributes): void {
  for (const [name, value] of Object.entries(attributes)) {
    const range = RANGES[name];
    if (range === undefined && !OTHERS.has(name))
      throw sqsError('InvalidAttributeName', `Unknown Attribute ${name}.`);
    if (range === undefined) continue;
    const number = Number(value);
    if (!Number.isInteger(number) || number < range[0] || number > range[1]) {
      throw sqsError('InvalidAttributeValue', `Invalid value for the parameter ${name}.`);
    }
  }
  const policy = attributes['RedrivePolicy'];
  if (policy !== undefined && policy !== '') parseRedrivePolicy(policy);
}

export function parseRedrivePolicy(text: string): RedrivePolicy {
  try {
    const policy = JSON.parse(text) as { deadLetterTargetArn?: unknown; maxReceiveCount?: unknown };
    const maxReceiveCount = Number(policy.maxReceiveCount);
    if (typeof policy.deadLetterTargetArn === 'string' && maxReceiveCount >= 1 && maxReceiveCount <= 1_000) {
      return { deadLetterTargetArn: policy.deadLetterTargetArn, maxReceiveCount };
    }
  } catch {
    // falls through to the error below
  }
  throw sqsError(
    'InvalidParameterValue',
    `Value ${text} for parameter RedrivePolicy is invalid. Reason: Redrive policy is not a valid JSON map.`,
  );
}

export function withDefaults(name: string, given: QueueAttributes): QueueAttributes {
  const fifo = name.endsWith('.fifo');
  if (fifo !== (given['FifoQueue'] === 'true')) {
    throw sqsError(
      'InvalidParameterValue',
      fifo
        ? 'The queue name can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length. A .fifo suffix needs the attribute FifoQueue=true.'
        : 'The name of a FIFO queue can only include alphanumeric characters, hyphens, or underscores, must end with .fifo suffix and be 1 to 80 in length.',
    );
  }
  return { ...DEFAULTS, ...(fifo ? FIFO_DEFAULTS : {}), ...given };
}
