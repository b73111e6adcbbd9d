import type { IncomingMessage } from 'node:http';
import { z, ZodError } from 'zod';
import type { AutoScaling } from './autoscaling/service.ts';
import type { Batch } from './batch/batch.ts';
import { batchControl } from './batch/control.ts';
import { BATCH_OPERATIONS } from './batch/operations.ts';
import type { CloudFront } from './cloudfront/service.ts';
import { dataSyncControl } from './datasync/control.ts';
import type { DataSync } from './datasync/datasync.ts';
import { ec2Control } from './ec2/control.ts';
import { LoadBalancer } from './ec2/load-balancers.ts';
import { QuotaValues } from './ec2/quotas.ts';
import type { Ec2 } from './ec2/service.ts';
import type { Cloud } from './ec2/time/cloud.ts';
import { AwsError } from './http/aws-error.ts';
import type { Reply } from './http/reply.ts';
import { FaultSpec, type Faults } from './faults/rules.ts';
import type { Wafv2 } from './wafv2/service.ts';
import { S3_OPERATIONS } from './s3/operations/index.ts';

/** From the call until an invalidation is completed, in ms; up to a day. */
const InvalidationTime = z.strictObject({ completeAfterMs: z.int().min(0).max(86_400_000) });

/** The sandbox's own paths. No bucket can have this name: underscores are not allowed in one. */
export const CONTROL_PREFIX = '/_sandbox';

/**
 * GET /_sandbox/health · GET /_sandbox/operations
 * GET, POST, DELETE /_sandbox/faults · DELETE /_sandbox/faults/{id}
 * POST /_sandbox/load-balancers: what EC2 shows of one that faces the Internet
 * GET, PUT /_sandbox/quotas
 * GET /_sandbox/network-acls/{region}/{id or tag Name}: what a subnet's router enforces, with ETag
 * GET /_sandbox/web-acls/{scope}/{region}/{name}: what the edge enforces, with ETag
 * GET /_sandbox/distributions/{id or alias}: the same of CloudFront's geo restriction
 * GET /_sandbox/distributions/{id or alias}/invalidations: what has been invalidated, with ETag
 * GET, PUT /_sandbox/invalidations: how long they take
 * /_sandbox/batch/…: see batch/control.ts
 * /_sandbox/datasync/…: see datasync/control.ts
 * /_sandbox/ec2/…: see ec2/control.ts; /_sandbox/imds/{instance}/…: see imds/service.ts
 */
export async function control(
  req: IncomingMessage,
  body: string,
  context: {
    faults: Faults;
    wafv2: Wafv2;
    ec2: Ec2;
    cloud: Cloud;
    autoScaling: AutoScaling;
    cloudFront: CloudFront;
    batch: Batch;
    dataSync: DataSync;
    ready: () => boolean;
  },
): Promise<Reply> {
  const { faults } = context;
  const path = (req.url ?? '').slice(CONTROL_PREFIX.length).split('?')[0] ?? '';
  const [, resource = '', id, ...more] = path.split('/');
  if (resource === 'batch') {
    return said(body, 'What is asked of Batch is not valid', (value) => {
      const known = batchControl(context.batch, `${req.method} ${id ?? ''}`, value, json);
      return (
        known ??
        json(404, { error: `There is no ${req.method} ${req.url}; see tools/aws-sandbox/README.md.` })
      );
    });
  }
  if (resource === 'datasync') {
    return said(body, 'What is asked of DataSync is not valid', (value) => {
      const known = dataSyncControl(context.dataSync, `${req.method} ${id ?? ''}`, value, json);
      return (
        known ??
        json(404, { error: `There is no ${req.method} ${req.url}; see tools/aws-sandbox/README.md.` })
      );
    });
  }
  if (resource === 'ec2') {
    const asked = { route: `${req.method} ${id ?? ''}`, id: more[0] ?? '', verb: more[1] ?? '' };
    return said(body, 'What is asked of EC2 is not valid', (value) => {
      const known = ec2Control(context, asked, value, json);
      return (
        known ??
        json(404, { error: `There is no ${req.method} ${req.url}; see tools/aws-sandbox/README.md.` })
      );
    });
  }
  const route = `${req.method} ${resource}`;
  switch (route) {
    case 'GET health':
      return json(context.ready() ? 200 : 503, { status: context.ready() ? 'ready' : 'starting' });
    case 'GET operations':
      return json(200, { s3: Object.keys(S3_OPERATIONS), batch: BATCH_OPERATIONS });
    case 'GET web-acls': {
      const [region = '', name = ''] = more;
      const scope = id === 'CLOUDFRONT' ? 'CLOUDFRONT' : 'REGIONAL';
      const acl = context.wafv2.enforced({ region, scope }, name);
      if (acl === undefined) return json(404, { error: `There is no web ACL ${name}.` });
      if (req.headers['if-none-match'] === acl.version) return { status: 304 };
      return json(200, acl);
    }
    case 'GET distributions': {
      const name = decodeURIComponent(id ?? '');
      const { cloudFront } = context;
      const distribution =
        more[0] === 'invalidations' ? cloudFront.invalidated(name) : cloudFront.enforced(name);
      if (distribution === undefined) return json(404, { error: `There is no distribution ${name}.` });
      if (req.headers['if-none-match'] === distribution.version) return { status: 304 };
      return json(200, distribution);
    }
    case 'GET network-acls': {
      const which = decodeURIComponent(more[0] ?? '');
      const acl = context.ec2.enforcedNetworkAcl(id ?? '', which);
      if (acl === undefined) return json(404, { error: `There is no network ACL ${which} in ${id}.` });
      if (req.headers['if-none-match'] === acl.version) return { status: 304 };
      return json(200, acl);
    }
    case 'GET invalidations':
      return json(200, { completeAfterMs: context.cloudFront.invalidations.completeAfterMs });
    case 'PUT invalidations':
      return said(body, 'The setting is not valid', (value) => {
        const { completeAfterMs } = InvalidationTime.parse(value);
        context.cloudFront.invalidations.completeAfterMs = completeAfterMs;
        return json(200, { completeAfterMs });
      });
    case 'GET quotas':
      return json(200, context.ec2.quotas.get());
    case 'PUT quotas':
      return said(body, 'The quotas are not valid', (values) => {
        context.ec2.quotas.set(QuotaValues.parse(values));
        return json(200, context.ec2.quotas.get());
      });
    case 'GET faults':
      return json(200, faults.list());
    case 'DELETE faults':
      if (id === undefined) faults.clear();
      else if (!faults.remove(id)) return json(404, { error: `There is no fault ${id}.` });
      return { status: 204 };
    case 'POST faults':
      return said(body, 'The fault is not valid', (fault) => addFault(fault, faults));
    case 'POST load-balancers':
      return said(body, 'The load balancer is not valid', (one) =>
        json(201, { description: context.ec2.placeLoadBalancer(LoadBalancer.parse(one)) }),
      );
    default:
      return json(404, { error: `There is no ${req.method} ${req.url}; see tools/aws-sandbox/README.md.` });
  }
}

function addFault(spec: unknown, faults: Faults): Reply {
  const fault = FaultSpec.parse(spec);
  const name = fault.operation.startsWith('s3:') ? fault.operation.slice(3) : '*';
  if (name !== '*' && name !== 'Notification' && S3_OPERATIONS[name] === undefined) {
    return json(400, {
      error: `There is no ${fault.operation}; GET ${CONTROL_PREFIX}/operations lists what there is`,
    });
  }
  return json(201, faults.add(fault));
}

/** Does what a JSON body says, or tells everything that is wrong with it. */
function said(body: string, invalid: string, take: (value: unknown) => Reply): Reply {
  try {
    return take(body === '' ? {} : JSON.parse(body));
  } catch (error) {
    if (error instanceof ZodError) {
      return json(400, {
        error: invalid,
        issues: error.issues.map((i) => `${i.path.join('.')}: ${i.message}`),
      });
    }
    if (error instanceof SyntaxError) return json(400, { error: `The body is not JSON: ${error.message}` });
    if (error instanceof AwsError) return json(error.status, { error: error.message });
    throw error;
  }
}

function json(status: number, body: unknown): Reply {
  return { status, headers: { 'content-type': 'application/json' }, body: `${JSON.stringify(body)}\n` };
}
