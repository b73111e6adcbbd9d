import type { IncomingMessage } from 'node:http';
import { ZodError } from 'zod';
import type { Reply } from './http/reply.ts';
import { FaultSpec, type Faults } from './faults/rules.ts';
import type { Wafv2 } from './wafv2/service.ts';
import { S3_OPERATIONS } from './s3/operations/index.ts';

/** The sandbox's own paths. No bucket can have this name: underscores are not allowed in one. */
export const CONTROL_PREFIX = '/_sandbox';

/**
 * GET /_sandbox/health · GET /_sandbox/operations
 * GET, POST, DELETE /_sandbox/faults · DELETE /_sandbox/faults/{id}
 * GET /_sandbox/web-acls/{scope}/{region}/{name}: what the edge enforces, with ETag
 */
export async function control(
  req: IncomingMessage,
  body: string,
  context: { faults: Faults; wafv2: Wafv2; ready: () => boolean },
): Promise<Reply> {
  const { faults } = context;
  const path = (req.url ?? '').slice(CONTROL_PREFIX.length).split('?')[0] ?? '';
  const [, resource = '', id, ...more] = path.split('/');
  const route = `${req.method} ${resource}`;
  switch (route) {
    case 'GET health':
      return json(context.ready() ? 200 : 503, { status: context.ready() ? 'ready' : 'starting' });
    case 'GET operations':
      return json(200, { s3: Object.keys(S3_OPERATIONS) });
    case 'GET web-acls': {
      const [region = '', name = ''] = more;
      const scope = id === 'CLOUDFRONT' ? 'CLOUDFRONT' : 'REGIONAL';
      const acl = context.wafv2.enforced({ region, scope }, name);
      if (acl === undefined) return json(404, { error: `There is no web ACL ${name}.` });
      if (req.headers['if-none-match'] === acl.version) return { status: 304 };
      return json(200, acl);
    }
    case 'GET faults':
      return json(200, faults.list());
    case 'DELETE faults':
      if (id === undefined) faults.clear();
      else if (!faults.remove(id)) return json(404, { error: `There is no fault ${id}.` });
      return { status: 204 };
    case 'POST faults':
      return addFault(body, faults);
    default:
      return json(404, { error: `There is no ${req.method} ${req.url}; see tools/aws-sandbox/README.md.` });
  }
}

function addFault(body: string, faults: Faults): Reply {
  try {
    const fault = FaultSpec.parse(JSON.parse(body));
    const name = fault.operation.startsWith('s3:') ? fault.operation.slice(3) : '*';
    if (name !== '*' && name !== 'Notification' && S3_OPERATIONS[name] === undefined) {
      return json(400, {
        error: `There is no ${fault.operation}; GET ${CONTROL_PREFIX}/operations lists what there is`,
      });
    }
    return json(201, faults.add(fault));
  } catch (error) {
    if (error instanceof ZodError) {
      return json(400, {
        error: 'The fault is not valid',
        issues: error.issues.map((i) => `${i.path.join('.')}: ${i.message}`),
      });
    }
    if (error instanceof SyntaxError) return json(400, { error: `The body is not JSON: ${error.message}` });
    throw error;
  }
}

function json(status: number, body: unknown): Reply {
  return { status, headers: { 'content-type': 'application/json' }, body: `${JSON.stringify(body)}\n` };
}
