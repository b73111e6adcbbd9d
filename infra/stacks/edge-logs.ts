import { CfnDelivery, CfnDeliveryDestination, CfnDeliverySource } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { CLOUDFRONT_LOGS, logsBucketName } from '../constructs/log-delivery.ts';
import { PlatformStack } from '../constructs/platform-stack.ts';
import { webAclLog } from '../constructs/web-acl.ts';
import type { Parameters } from '../parameters.ts';
import type { Edge } from './edge.ts';
import type { Events } from './events.ts';
import type { Firewall } from './firewall.ts';

/** Without queries, which hold signatures of links. */
const FIELDS = [
  'date',
  'time',
  'x-edge-location',
  'c-ip',
  'cs-method',
  'x-host-header',
  'cs-uri-stem',
  'sc-status',
  'sc-bytes',
  'time-taken',
  'time-to-first-byte',
  'x-edge-result-type',
  'x-edge-detailed-result-type',
  'x-edge-request-id',
  'cs(User-Agent)',
  'cs-protocol-version',
  'ssl-protocol',
];

/**
 * Two logs of the same requests. The web ACL's says what it made of them, and ip-blocklist reads it. CloudFront's says
 * what they came to: status, bytes, time, and whether the cache answered; the load balancer's knows only what got
 * through, and of that CloudFront's addresses. CloudFront delivers to S3 for nothing, WAF for $0.25/GB.
 * Both are set up in us-east-1, behind everything they are about: so this is a stack of its own.
 */
export class EdgeLogs extends PlatformStack {
  constructor(
    scope: Construct,
    parameters: Parameters,
    { events, firewall, edge }: { events: Events; firewall: Firewall; edge: Edge },
  ) {
    super(scope, 'edge-logs', {
      parameters,
      region: 'us-east-1',
      description: 'Access logs of CloudFront and its web ACL',
    });
    // By its name, as it may be in another region; nothing can be delivered before it lets logs in.
    const bucket = `arn:${this.partition}:s3:::${logsBucketName(this)}`;
    this.addStackDependency(events);
    webAclLog(this, 'web-acl', firewall.webAclArn, bucket);
    const source = new CfnDeliverySource(this, 'source', {
      name: this.name('edge'),
      logType: 'ACCESS_LOGS',
      resourceArn: edge.distribution.distributionArn,
    });
    const destination = new CfnDeliveryDestination(this, 'destination', {
      name: this.name('edge'),
      destinationResourceArn: `${bucket}/${CLOUDFRONT_LOGS}`,
      outputFormat: 'json',
    });
    const delivery = new CfnDelivery(this, 'delivery', {
      deliverySourceName: source.name,
      deliveryDestinationArn: destination.attrArn,
      recordFields: FIELDS,
      s3SuffixPath: '{DistributionId}/{yyyy}/{MM}/{dd}/{HH}',
    });
    delivery.addResourceDependency(source);
  }
}
