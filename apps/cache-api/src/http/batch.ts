import { BatchGetRequest } from '@groundwork/contracts';
import { ProblemError, requestIdFrom, validate } from '@groundwork/service';
import { isUtf8 } from 'node:buffer';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Answer } from '../domain/cache/answer.ts';
import type { Cache } from '../domain/cache/cache.ts';
import { SourceUnavailable } from '../ports/source.ts';
import { StoreUnavailable } from '../ports/store.ts';
import { aboutItem } from './cache-headers.ts';
import type { Shelf } from './catalogue.ts';
import type { Scratch } from './scratch.ts';

const MAX_REQUEST_BYTES = 1_048_576;
/** As in the contract. */
const MOST_IDS = 1_000;
const TEXT = /^(text\/|application\/(json|[\w.+-]+\+json))/;

export interface BatchParts {
  cache: Cache;
  shelf: Shelf;
  now: () => number;
  /** For the answer. */
  scratch: Scratch;
  /** What could not be had, and why. */
  onError: (error: Error) => void;
}

/** Many at once. JSON that is cached gets into the answer as it is. */
export async function answerBatch(
  req: IncomingMessage,
  res: ServerResponse,
  { cache, shelf, now, scratch, onError }: BatchParts,
): Promise<void> {
  const ids = idsIn(parseJson(await readBody(req)));
  const answers = await getAll(cache, shelf, ids);
  const failed = answers.find((answer) => answer instanceof Error);
  if (failed !== undefined) onError(failed);
  const moment = now();
  const items = ids.map((id, at) => itemOf(shelf, id, answers[at]!, moment));
  const body = write(items, scratch);
  res.writeHead(200, {
    'content-type': 'application/json',
    'content-length': body.length,
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'x-request-id': requestIdFrom(req.headers['x-request-id']),
  });
  // A connection that breaks may leave it half-way to the kernel: then it is not used again.
  res.once('finish', () => scratch.giveBack(body));
  res.end(body);
}

/** What is as it should be is seen at a glance; what is not is told in detail. */
function idsIn(body: unknown): readonly string[] {
  const { ids, ...more } = (body ?? {}) as { ids?: unknown };
  const isRight =
    Array.isArray(ids) &&
    ids.length > 0 &&
    ids.length <= MOST_IDS &&
    ids.every((id) => typeof id === 'string' && id !== '') &&
    Object.keys(more).length === 0;
  return isRight ? (ids as string[]) : validate(BatchGetRequest, body, 'body').ids;
}

/** What this process has costs no promise. */
async function getAll(cache: Cache, shelf: Shelf, ids: readonly string[]): Promise<(Answer | Error)[]> {
  const { collection } = shelf;
  // Ids that are cached stand there in the one form that there is of them; keys of values are taken as they are.
  const answers: (Answer | Error | undefined)[] = cache.peekMany(collection, ids);
  const missing = ids.flatMap((_, at) => (answers[at] === undefined ? [at] : []));
  if (missing.length > 0) {
    const canonical = missing.map((at) => shelf.idIn(ids[at]!));
    const loaded = await cache.getMany(collection, canonical);
    missing.forEach((at, index) => {
      answers[at] = loaded[index]!;
    });
  }
  return answers as (Answer | Error)[];
}

/** An item's JSON without its last brace, of which the value is what is cached, byte by byte. */
interface Item {
  head: Uint8Array;
  value: Uint8Array;
}

const OPEN = Buffer.from('{"items":[');
const [COMMA, BRACE] = Buffer.from(',}');
const CLOSE = Buffer.from(']}');
const NO_VALUE = new Uint8Array();

/** Into one piece of memory, written once. */
function write(items: readonly Item[], scratch: Scratch): Buffer {
  // Beside its own, each item has a brace and, except the last, a comma.
  let length = OPEN.length + 2 * items.length - 1 + CLOSE.length;
  for (const { head, value } of items) length += head.length + value.length;
  const all = scratch.take(length);
  let at = 0;
  const put = (bytes: Uint8Array): void => {
    all.set(bytes, at);
    at += bytes.length;
  };
  put(OPEN);
  for (const { head, value } of items) {
    if (at > OPEN.length) all[at++] = COMMA!;
    put(head);
    put(value);
    all[at++] = BRACE!;
  }
  put(CLOSE);
  return all;
}

function itemOf(shelf: Shelf, id: string, answer: Answer | Error, now: number): Item {
  if (answer instanceof Error) {
    const head = Buffer.from(`{"id":${JSON.stringify(id)},"status":${statusOf(answer)}`);
    return { head, value: NO_VALUE };
  }
  const { entry } = answer;
  if (entry.isAbsent) return { head: aboutItem(id, answer, now, ''), value: NO_VALUE };
  if (shelf.isJson) return { head: aboutItem(id, answer, now, ',"value":'), value: entry.body };
  const about = JSON.stringify({ contentType: entry.contentType, ...valueOf(entry) });
  return { head: aboutItem(id, answer, now, ','), value: Buffer.from(about.slice(1, -1)) };
}

/** The store or the database is away; anything else is a fault of ours. */
function statusOf(error: Error): number {
  return error instanceof SourceUnavailable || error instanceof StoreUnavailable ? 503 : 500;
}

function valueOf({ body, contentType }: { body: Uint8Array; contentType: string }) {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  return TEXT.test(contentType) && isUtf8(bytes)
    ? { text: bytes.toString('utf8') }
    : { base64: bytes.toString('base64') };
}

function readBody(req: IncomingMessage): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  const chunks: Buffer[] = [];
  let size = 0;
  req.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size <= MAX_REQUEST_BYTES) chunks.push(chunk);
    else reject(new ProblemError('body_too_large', `The body may have at most ${MAX_REQUEST_BYTES} bytes.`));
  });
  req.on('end', () => resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)));
  req.on('error', reject);
  return promise;
}

function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch (error) {
    throw new ProblemError('malformed_json', (error as Error).message);
  }
}
