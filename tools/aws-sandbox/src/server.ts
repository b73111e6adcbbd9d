import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '@groundwork/service';
import { autoScalingError, autoScalingErrorReply } from './autoscaling/error.ts';
import { AUTO_SCALING_VERSION, type AutoScaling } from './autoscaling/service.ts';
import type { Batch } from './batch/batch.ts';
import { batchError, batchErrorReply } from './batch/error.ts';
import { BATCH_OPERATIONS, batchOperation } from './batch/operations.ts';
import type { BatchService } from './batch/service.ts';
import { cloudFrontErrorReply } from './cloudfront/error.ts';
import { cloudFrontOperation, type CloudFront } from './cloudfront/service.ts';
import { CLOUDFRONT_VERSION } from './cloudfront/version.ts';
import { control, CONTROL_PREFIX } from './control.ts';
import { dataSyncErrorReply } from './datasync/error.ts';
import type { DataSync } from './datasync/datasync.ts';
import type { DataSyncService } from './datasync/service.ts';
import { ec2ErrorReply } from './ec2/error.ts';
import { EC2_VERSION, type Ec2 } from './ec2/service.ts';
import type { Cloud } from './ec2/time/cloud.ts';
import { eventBridgeErrorReply, type EventBridge } from './eventbridge/service.ts';
import type { Faults } from './faults/rules.ts';
import { AwsError } from './http/aws-error.ts';
import { refuseWebPages } from './http/web-pages.ts';
import { closeBody, sendReply, type Reply } from './http/reply.ts';
import type { Imds } from './imds/service.ts';
import { logsErrorReply } from './logs/error.ts';
import type { LogsService } from './logs/service.ts';
import { s3Call, s3ErrorReply } from './s3/service.ts';
import type { S3Services } from './s3/request.ts';
import { snsErrorReply, type SnsService } from './sns/service.ts';
import { sqsErrorReply } from './sqs/error.ts';
import type { SqsService } from './sqs/service.ts';
import { wafErrorReply } from './wafv2/error.ts';
import type { Wafv2 } from './wafv2/service.ts';

export interface SandboxParts {
  s3: S3Services;
  sqs: SqsService;
  sns: SnsService;
  eventBridge: EventBridge;
  wafv2: Wafv2;
  ec2: Ec2;
  cloud: Cloud;
  autoScaling: AutoScaling;
  imds: Imds;
  cloudFront: CloudFront;
  batch: Batch;
  batchService: BatchService;
  dataSync: DataSync;
  dataSyncService: DataSyncService;
  logs: LogsService;
  faults: Faults;
  logger: Logger;
  ready: () => boolean;
  /** Host names served besides the loopback ones. */
  allowedHosts: readonly string[];
}

/** One AWS call: what it is called, how to do it, how its service words an error. */
interface Call {
  operation: string;
  bucket?: string | undefined;
  key?: string | undefined;
  run: () => Promise<Reply>;
  renderError: (error: AwsError) => Reply;
}

/** Of the instance metadata service: the id of the instance comes next. */
const IMDS_PREFIX = `${CONTROL_PREFIX}/imds`;

/** SQS allows 1 MiB of payload; the JSON around it and escapes make it longer. */
const MAX_API_BODY_BYTES = 8 * 1024 * 1024;

/** Finds out which service is meant, lets the faults strike, and answers. */
export function createRequestListener(parts: SandboxParts) {
  return (req: IncomingMessage, res: ServerResponse): void => {
    void answer(parts, req, res).catch((error: unknown) => {
      parts.logger.error({ error, method: req.method, url: req.url }, 'the sandbox failed');
      res.destroy();
    });
  };
}

async function answer(parts: SandboxParts, req: IncomingMessage, res: ServerResponse): Promise<void> {
  const refused = refuseWebPages(req, parts.allowedHosts);
  if (refused !== undefined) return sendReply(req, res, refused);
  if (req.url?.startsWith(`${IMDS_PREFIX}/`) === true) return answerInstance(parts, req, res);
  if (req.url?.startsWith(`${CONTROL_PREFIX}/`) === true) {
    return sendReply(req, res, await control(req, await readBody(req), parts));
  }
  const requestId = randomBytes(8).toString('hex').toUpperCase();
  res.setHeader('x-amz-request-id', requestId);
  res.setHeader('x-amzn-requestid', requestId);
  res.setHeader('x-amz-id-2', 'sandbox');
  const gone = new AbortController();
  res.once('close', () => {
    if (!res.writableFinished) gone.abort();
  });
  const began = performance.now();
  const { call, reply, lost } = await perform(parts, req, { requestId, gone: gone.signal });
  parts.logger[reply.status >= 500 ? 'warn' : 'debug'](
    {
      operation: call?.operation,
      bucket: call?.bucket,
      key: call?.key,
      status: reply.status,
      ms: Math.round(performance.now() - began),
      requestId,
    },
    `${call?.operation ?? req.method} ${reply.status}`,
  );
  if (lost) {
    closeBody(reply);
    res.destroy();
    return;
  }
  await sendReply(req, res, reply);
}

/** What an instance asks the machine that it runs on; silence is a connection that ends without an answer. */
async function answerInstance(
  { imds }: SandboxParts,
  req: IncomingMessage,
  res: ServerResponse,
): Promise<void> {
  const [, id = '', path = ''] = /^\/([^/]+)\/+(.*)$/.exec(pathOf(req).slice(IMDS_PREFIX.length)) ?? [];
  const reply = imds.call(id, { method: req.method ?? 'GET', path, headers: req.headers });
  if (reply === undefined) res.destroy();
  else await sendReply(req, res, reply);
}

async function perform(
  parts: SandboxParts,
  req: IncomingMessage,
  context: { requestId: string; gone: AbortSignal },
): Promise<{ call?: Call; reply: Reply; lost: boolean }> {
  let call: Call | undefined;
  try {
    call = await identify(parts, req, context);
    const strikes = parts.faults.strike(call);
    for (const fault of strikes) {
      if (fault.kind === 'latency') await delay(fault.latencyMs);
      if (fault.kind === 'throttle') throw throttled(call.operation);
      if (fault.kind === 'lost-request') return { call, reply: { status: 500 }, lost: true };
      if (fault.kind === 'error')
        throw new AwsError(500, 'InternalError', 'We encountered an internal error. Please try again.');
    }
    const reply = await call.run();
    return { call, reply, lost: strikes.some((fault) => fault.kind === 'lost-response') };
  } catch (error) {
    const known = error instanceof AwsError ? error : unexpected(parts, error);
    const reply = call?.renderError(known) ?? s3ErrorReply(known, req.url ?? '/', context.requestId);
    return { ...(call === undefined ? {} : { call }), reply, lost: false };
  }
}

async function identify(
  parts: SandboxParts,
  req: IncomingMessage,
  context: { requestId: string; gone: AbortSignal },
): Promise<Call> {
  const type = req.headers['content-type'] ?? '';
  const target = req.headers['x-amz-target'];
  if (typeof target === 'string' && target.startsWith('AmazonSQS.')) {
    const action = target.slice('AmazonSQS.'.length);
    const body = await readBody(req);
    return {
      operation: `sqs:${action}`,
      run: () => parts.sqs.call(action, body, req.headers.host ?? '', context.gone),
      renderError: sqsErrorReply,
    };
  }
  if (typeof target === 'string' && target.startsWith('AWSEvents.')) {
    const action = target.slice('AWSEvents.'.length);
    const body = await readBody(req);
    return {
      operation: `events:${action}`,
      run: () => Promise.resolve(parts.eventBridge.call(action, body)),
      renderError: eventBridgeErrorReply,
    };
  }
  if (typeof target === 'string' && target.startsWith('AWSWAF_20190729.')) {
    const action = target.slice('AWSWAF_20190729.'.length);
    const body = await readBody(req);
    return {
      operation: `wafv2:${action}`,
      run: () => Promise.resolve(parts.wafv2.call(action, body, regionOf(req))),
      renderError: wafErrorReply,
    };
  }
  if (typeof target === 'string' && target.startsWith('Logs_20140328.')) {
    const action = target.slice('Logs_20140328.'.length);
    const body = await readBody(req);
    return {
      operation: `logs:${action}`,
      run: () => Promise.resolve(parts.logs.call(action, body, regionOf(req))),
      renderError: logsErrorReply,
    };
  }
  if (typeof target === 'string' && target.startsWith('FmrsService.')) {
    const action = target.slice('FmrsService.'.length);
    const body = await readBody(req);
    return {
      operation: `datasync:${action}`,
      run: () => Promise.resolve(parts.dataSyncService.call(action, body, regionOf(req))),
      renderError: dataSyncErrorReply,
    };
  }
  if (typeof target === 'string') {
    throw new AwsError(501, 'NotImplemented', `The sandbox does not implement ${target}.`);
  }
  if (req.method === 'POST' && type.startsWith('application/x-www-form-urlencoded') && pathOf(req) === '/') {
    const body = await readBody(req);
    const values = new URLSearchParams(body);
    const action = values.get('Action') ?? '';
    if (values.get('Version') === AUTO_SCALING_VERSION) {
      return {
        operation: `autoscaling:${action}`,
        run: () => Promise.resolve(parts.autoScaling.call(action, values, regionOf(req), context.requestId)),
        renderError: (error) => autoScalingErrorReply(error, context.requestId),
      };
    }
    if (values.get('Version') === EC2_VERSION) {
      return {
        operation: `ec2:${action}`,
        run: () => Promise.resolve(parts.ec2.call(action, values, regionOf(req), context.requestId)),
        renderError: (error) => ec2ErrorReply(error, context.requestId),
      };
    }
    return {
      operation: `sns:${action}`,
      run: () => parts.sns.call(action, body, req.headers.authorization),
      renderError: (error) => snsErrorReply(error, context.requestId),
    };
  }
  if (isBatch(req)) {
    const operation = batchOperation(pathOf(req));
    const body = await readBody(req);
    return {
      operation: `batch:${operation}`,
      run: () => Promise.resolve(parts.batchService.call(operation, body, regionOf(req))),
      renderError: batchErrorReply,
    };
  }
  if (isCloudFront(req)) {
    const [method, url, ifMatch] = [req.method ?? 'GET', req.url ?? '/', req.headers['if-match']];
    const operation = cloudFrontOperation(method, url);
    const body = await readBody(req);
    return {
      operation: `cloudfront:${operation}`,
      run: () => Promise.resolve(parts.cloudFront.call(operation, { url, ifMatch, body })),
      renderError: (error) => cloudFrontErrorReply(error, context.requestId),
    };
  }
  const call = s3Call(parts.s3, req, context);
  return { ...call, renderError: (error) => s3ErrorReply(error, pathOf(req), context.requestId) };
}

function throttled(operation: string): AwsError {
  if (operation.startsWith('s3:')) return new AwsError(503, 'SlowDown', 'Please reduce your request rate.');
  if (operation.startsWith('batch:')) return batchError.throttled();
  if (operation.startsWith('autoscaling:')) return autoScalingError.throttled();
  if (operation.startsWith('cloudfront:')) return new AwsError(400, 'Throttling', 'Rate exceeded');
  return operation.startsWith('ec2:')
    ? new AwsError(503, 'RequestLimitExceeded', 'Request limit exceeded.')
    : new AwsError(400, 'ThrottlingException', 'Rate exceeded');
}

function unexpected(parts: SandboxParts, error: unknown): AwsError {
  parts.logger.error({ error }, 'unexpected failure');
  return new AwsError(
    500,
    'InternalError',
    `The sandbox failed: ${error instanceof Error ? error.message : String(error)}`,
  );
}

async function readBody(req: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of req as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_API_BODY_BYTES)
      throw new AwsError(413, 'RequestEntityTooLarge', 'The request is too large.');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** Of the signature's scope: `Credential=key/20260101/eu-central-1/wafv2/aws4_request`. */
function regionOf(req: IncomingMessage): string {
  return /Credential=[^/]+\/\d+\/([a-z0-9-]+)\//.exec(req.headers.authorization ?? '')?.[1] ?? 'us-east-1';
}

/** By its signature, or without one by its path; a bucket may have the name of the API's version. */
function isCloudFront(req: IncomingMessage): boolean {
  const service = serviceOf(req);
  return service === undefined ? pathOf(req).startsWith(`/${CLOUDFRONT_VERSION}/`) : service === 'cloudfront';
}

/** In the same way. */
function isBatch(req: IncomingMessage): boolean {
  const service = serviceOf(req);
  return service === undefined
    ? req.method === 'POST' && BATCH_OPERATIONS.some((name) => pathOf(req) === `/v1/${name.toLowerCase()}`)
    : service === 'batch';
}

function serviceOf(req: IncomingMessage): string | undefined {
  return /Credential=[^/]+\/\d+\/[^/]+\/([a-z0-9-]+)\//.exec(req.headers.authorization ?? '')?.[1];
}

function pathOf(req: IncomingMessage): string {
  return (req.url ?? '/').split('?')[0] ?? '/';
}
