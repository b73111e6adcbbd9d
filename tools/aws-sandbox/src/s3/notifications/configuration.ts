import { z } from 'zod';
import { AwsError } from '../../http/aws-error.ts';
import { parseXml, type XmlNode } from '../../http/xml.ts';

/** One destination of a bucket's events. */
export interface NotificationRule {
  id: string;
  arn: string;
  /** With prefix: `s3:ObjectCreated:*` */
  events: string[];
  prefix: string;
  suffix: string;
}

export interface NotificationConfiguration {
  queues: NotificationRule[];
  topics: NotificationRule[];
  eventBridge: boolean;
}

export const NO_NOTIFICATIONS: NotificationConfiguration = { queues: [], topics: [], eventBridge: false };

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-how-to-event-types-and-destinations.html */
const EVENT =
  /^s3:(TestEvent|ReducedRedundancyLostObject|ObjectCreated:(\*|Put|Post|Copy|CompleteMultipartUpload)|ObjectRemoved:(\*|Delete|DeleteMarkerCreated)|ObjectRestore:(\*|Post|Completed|Delete)|Replication:(\*|OperationFailedReplication|OperationMissedThreshold|OperationReplicatedAfterThreshold|OperationNotTracked)|LifecycleTransition|IntelligentTiering|LifecycleExpiration:(\*|Delete|DeleteMarkerCreated)|ObjectTagging:(\*|Put|Delete)|ObjectAcl:Put)$/;

const RuleXml = z.object({
  Id: z.string().optional(),
  Queue: z.string().optional(),
  Topic: z.string().optional(),
  Event: z.array(z.string()).min(1),
  Filter: z
    .object({
      S3Key: z.object({
        FilterRule: z.array(z.object({ Name: z.string(), Value: z.string().default('') })).default([]),
      }),
    })
    .optional(),
});

/** Reads a NotificationConfiguration document and refuses what S3 refuses about its form. */
export function parseConfiguration(text: string): NotificationConfiguration {
  const content = text.trim() === '' ? {} : parseXml(text, 'NotificationConfiguration');
  if (content === undefined) throw malformed();
  if (content['CloudFunctionConfiguration'] !== undefined) {
    throw new AwsError(
      501,
      'NotImplemented',
      'The sandbox does not implement Lambda destinations of bucket notifications.',
    );
  }
  const configuration = {
    queues: rules(content['QueueConfiguration'], 'Queue'),
    topics: rules(content['TopicConfiguration'], 'Topic'),
    eventBridge: content['EventBridgeConfiguration'] !== undefined,
  };
  refuseAmbiguity([...configuration.queues, ...configuration.topics]);
  return configuration;
}

export function renderConfiguration(configuration: NotificationConfiguration): XmlNode {
  const render = (name: 'Queue' | 'Topic', list: readonly NotificationRule[]): XmlNode[] =>
    list.map((rule) => ({
      Id: rule.id,
      [name]: rule.arn,
      Event: rule.events,
      ...(rule.prefix === '' && rule.suffix === ''
        ? {}
        : { Filter: { S3Key: { FilterRule: filters(rule) } } }),
    }));
  return {
    QueueConfiguration: render('Queue', configuration.queues),
    TopicConfiguration: render('Topic', configuration.topics),
    ...(configuration.eventBridge ? { EventBridgeConfiguration: {} } : {}),
  };
}

/** `event` without the `s3:` prefix. */
export function matches(rule: NotificationRule, event: string, key: string): boolean {
  const listed = rule.events.some((pattern) =>
    pattern.endsWith('*') ? `s3:${event}`.startsWith(pattern.slice(0, -1)) : pattern === `s3:${event}`,
  );
  return listed && key.startsWith(rule.prefix) && key.endsWith(rule.suffix);
}

function rules(value: unknown, destination: 'Queue' | 'Topic'): NotificationRule[] {
  if (value === undefined) return [];
  const parsed = z.array(RuleXml).safeParse(value);
  if (!parsed.success) throw malformed();
  return parsed.data.map((rule, i) => {
    const arn = rule[destination];
    if (arn === undefined) throw malformed();
    for (const event of rule.Event) {
      if (!EVENT.test(event))
        throw new AwsError(400, 'InvalidArgument', 'The event is not supported for notifications');
    }
    const filter = filterOf(rule.Filter?.S3Key.FilterRule ?? []);
    return { id: rule.Id ?? `rule-${i}`, arn, events: rule.Event, ...filter };
  });
}

function filterOf(list: readonly { Name: string; Value: string }[]): { prefix: string; suffix: string } {
  const filter = { prefix: '', suffix: '' };
  for (const { Name, Value } of list) {
    const name = Name.toLowerCase();
    if (name !== 'prefix' && name !== 'suffix') {
      throw new AwsError(400, 'InvalidArgument', 'filter rule name must be either prefix or suffix');
    }
    filter[name] = Value;
  }
  return filter;
}

function filters(rule: NotificationRule): XmlNode[] {
  return [
    ...(rule.prefix === '' ? [] : [{ Name: 'prefix', Value: rule.prefix }]),
    ...(rule.suffix === '' ? [] : [{ Name: 'suffix', Value: rule.suffix }]),
  ];
}

/** Two rules may not both want the same event of the same key. */
function refuseAmbiguity(list: readonly NotificationRule[]): void {
  for (const [i, a] of list.entries()) {
    for (const b of list.slice(i + 1)) {
      const events = a.events.some((x) => b.events.some((y) => overlap(x, y)));
      const prefixes = a.prefix.startsWith(b.prefix) || b.prefix.startsWith(a.prefix);
      const suffixes = a.suffix.endsWith(b.suffix) || b.suffix.endsWith(a.suffix);
      if (events && prefixes && suffixes) {
        throw new AwsError(
          400,
          'InvalidArgument',
          'Configuration is ambiguously defined. Cannot have overlapping suffixes in two rules if the prefixes are overlapping for the same event type.',
        );
      }
    }
  }
}

function overlap(a: string, b: string): boolean {
  const stem = (pattern: string) => pattern.replace(/\*$/, '');
  return a === b || (a.endsWith('*') && b.startsWith(stem(a))) || (b.endsWith('*') && a.startsWith(stem(b)));
}

function malformed(): AwsError {
  return new AwsError(
    400,
    'MalformedXML',
    'The XML you provided was not well-formed or did not validate against our published schema',
  );
}
