import { randomUUID } from 'node:crypto';
import { ACCOUNT } from './items.ts';
import type { Cloud } from './time/cloud.ts';

/** What a service tells EventBridge. */
export interface ServiceEvent {
  source: 'aws.ec2' | 'aws.autoscaling';
  type: string;
  /** ARNs. */
  resources: string[];
  detail: Readonly<Record<string, unknown>>;
}

/**
 * On its way to the rules; at least once, and in no promised order.
 * https://docs.aws.amazon.com/eventbridge/latest/ref/overiew-event-structure.html
 */
export function emit(cloud: Cloud, region: string, event: ServiceEvent): void {
  const message = {
    version: '0',
    id: randomUUID(),
    'detail-type': event.type,
    source: event.source,
    account: ACCOUNT,
    // Whole seconds, as EventBridge has them.
    time: new Date(cloud.now).toISOString().replace(/\.\d+Z$/, 'Z'),
    region,
    resources: event.resources,
    detail: event.detail,
  };
  cloud.outbox.add({
    destination: 'eventbridge',
    message: JSON.stringify(message),
    operation: event.source === 'aws.ec2' ? 'ec2:Notification' : 'autoscaling:Notification',
  });
}
