import type { IncomingHttpHeaders } from 'node:http';
import { Readable } from 'node:stream';
import type { Cloud } from '../ec2/time/cloud.ts';
import type { Reply } from '../http/reply.ts';
import { identityDocument, metadataOf, type Described } from './metadata.ts';
import { isValid, readTtl, tokenOf } from './token.ts';

export interface ImdsRequest {
  method: string;
  /** Behind the id of the instance: `latest/meta-data/mac`. */
  path: string;
  headers: IncomingHttpHeaders;
}

const TOKEN_HEADER = 'x-aws-ec2-metadata-token';
const TTL_HEADER = 'x-aws-ec2-metadata-token-ttl-seconds';

/** The instance metadata service, version 2 only: what an instance learns at 169.254.169.254. */
export class Imds {
  readonly #cloud: Cloud;
  readonly #targetStateOf: (instanceId: string) => string | undefined;

  constructor(cloud: Cloud, targetStateOf: (instanceId: string) => string | undefined) {
    this.#cloud = cloud;
    this.#targetStateOf = targetStateOf;
  }

  /** Undefined when nobody answers: there is no machine that runs, or none that can be reached. */
  call(instanceId: string, request: ImdsRequest): Reply | undefined {
    return this.#cloud.do(() => {
      const found = this.#cloud.items.locate('instance', instanceId);
      if (found === undefined) return undefined;
      const { region, item: instance } = found;
      if (this.#cloud.zones.isLost(instance.zone)) return undefined;
      if (!['running', 'stopping', 'shutting-down'].includes(instance.state)) return undefined;
      const targetState = this.#targetStateOf(instanceId);
      return answer({ cloud: this.#cloud, region, instance, targetState }, request);
    });
  }
}

/** https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html */
function answer(described: Described, { method, path, headers }: ImdsRequest): Reply {
  const { cloud, instance } = described;
  if (method === 'PUT' && path === 'latest/api/token') {
    // What comes through a proxy does not come from the instance.
    if (headers['x-forwarded-for'] !== undefined) return refusal(403, 'Forbidden');
    const seconds = readTtl(headers[TTL_HEADER]);
    if (seconds === undefined) return refusal(400, 'Bad Request');
    const token = tokenOf(instance.secret, cloud.now + seconds * 1_000);
    return text(token, { [TTL_HEADER]: String(seconds) });
  }
  if (method !== 'GET' && method !== 'HEAD') return refusal(405, 'Method Not Allowed');
  if (!isValid(headers[TOKEN_HEADER], instance.secret, cloud.now)) return refusal(401, 'Unauthorized');
  const [, top = '', rest = ''] = /^latest\/(meta-data|user-data|dynamic)\/?(.*)$/.exec(path) ?? [];
  if (top === 'user-data' && rest === '' && instance.userData !== undefined)
    return bytes(Buffer.from(instance.userData, 'base64'));
  if (top === 'dynamic' && rest === 'instance-identity/document') return text(identityDocument(described));
  if (top !== 'meta-data') return refusal(404, 'Not Found');
  const all = metadataOf(described);
  const value = all[rest] ?? all[`${rest}/`] ?? all[rest.replace(/\/$/, '')];
  return value === undefined ? refusal(404, 'Not Found') : text(value);
}

function text(body: string, headers: Readonly<Record<string, string>> = {}): Reply {
  return { status: 200, headers: { 'content-type': 'text/plain', ...headers }, body };
}

/** As it was given, whatever it is. */
function bytes(content: Buffer): Reply {
  return {
    status: 200,
    headers: { 'content-type': 'application/octet-stream', 'content-length': String(content.length) },
    body: Readable.from([content]),
  };
}

function refusal(status: number, reason: string): Reply {
  return { status, headers: { 'content-type': 'text/plain' }, body: `${status} - ${reason}` };
}
