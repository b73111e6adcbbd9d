import type { IncomingMessage } from 'node:http';
import { AwsError, notImplemented } from '../http/aws-error.ts';
import type { Reply } from '../http/reply.ts';
import { document } from '../http/xml.ts';
import { parsePath } from './key.ts';
import { operationName } from './operation-name.ts';
import { S3_OPERATIONS } from './operations/index.ts';
import { checkPresigned } from './presigned.ts';
import type { S3Services } from './request.ts';

/** What a request asks of S3, before it is done. */
export interface S3Call {
  operation: string;
  bucket: string | undefined;
  key: string | undefined;
  run: () => Promise<Reply>;
}

/** Understands the addressing of a request. Errors in it are answers too. */
export function s3Call(services: S3Services, req: IncomingMessage, context: { requestId: string }): S3Call {
  const [path, search] = splitOnce(req.url ?? '/', '?');
  const query = new URLSearchParams(search);
  const { bucket, key } = parsePath(path);
  const name = operationName(req, query, {
    ...(bucket === undefined ? {} : { bucket }),
    ...(key === undefined ? {} : { key }),
  });
  return {
    operation: `s3:${name}`,
    bucket,
    key,
    run: async () => {
      checkPresigned(req, query, Date.now());
      const operation = S3_OPERATIONS[name];
      if (operation === undefined) throw notImplemented(name);
      return operation({
        ...services,
        req,
        operation: name,
        query,
        bucket: bucket ?? '',
        key: key ?? '',
        requestId: context.requestId,
        sourceIp: req.socket.remoteAddress ?? '',
      });
    },
  };
}

export function s3ErrorReply(error: AwsError, resource: string, requestId: string): Reply {
  return {
    status: error.status,
    headers: { 'content-type': 'application/xml', ...error.headers },
    body: document('Error', {
      Code: error.code,
      Message: error.message,
      ...error.members,
      Resource: resource,
      RequestId: requestId,
      HostId: 'sandbox',
    }),
  };
}

function splitOnce(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return at === -1 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}
