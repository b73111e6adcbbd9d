import { BatchGetRequest } from '@groundwork/contracts';
import { ProblemError, requestIdFrom, validate } from '@groundwork/service';
import { isUtf8 } from 'node:buffer';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Answer } from '../domain/cache/answer.ts';
import type { Cache } from '../domain/cache/cache.ts';
import { SourceUnavailable } from '../ports/source.ts';
import { StoreUnavailable } from '../ports/store.ts';
import { aboutText } from './cache-headers.ts';
import type { Shelf } from './catalogue.ts';

const MAX_REQUEST_BYTES = 1_048_576;
/** As in the contract. */
const MOST_IDS = 1_000;
const TEXT = /^(text\/|application\/(json|[\w.+-]+\+json))/;

export interface BatchParts {
  cache: Cache;
  shelf: Shelf;
  now: () => number;
  /** What could not be had, and why. */
  onError: (error: Error) => void;
}

/** Many at once. JSON that is cached gets into the answer as it is. */
export async function answerBatch(
  req: IncomingMessage,
  res: ServerResponse,
  { cache, shelf, now, onError }: BatchParts,
): Promise<void> {
  const ids = idsIn(parseJson(await readBody(req)));
  const answers = await getAll(cache, shelf, ids);
  const failed = answers.find((answer) => answer instanceof Error);
  if (failed !== undefined) onError(failed);
  const body = write(shelf, ids, answers, now());
  res.writeHead(200, {
    'content-type': 'application/json',
    'content-length': body.length,
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'x-request-id': requestIdFrom(req.headers['x-request-id']),
  });
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
  const answers: (Answer | Error | undefined)[] = ids.map((id) => cache.peek(collection, id));
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

function write(
  shelf: Shelf,
  ids: readonly string[],
  answers: readonly (Answer | Error)[],
  now: number,
): Buffer {
  const heads: string[] = [];
  const bodies: Uint8Array[] = [];
  let text = '{"items":[';
  for (const [at, answer] of answers.entries()) {
    text += `${at === 0 ? '' : ','}{"id":${JSON.stringify(ids[at])},${aboutItem(shelf, answer, now)}`;
    const hasValue = shelf.isJson && !(answer instanceof Error) && !answer.entry.isAbsent;
    if (!hasValue) {
      text += '}';
      continue;
    }
    heads.push(`${text},"value":`);
    bodies.push(answer.entry.body);
    text = '}';
  }
  heads.push(`${text}]}`);
  return join(heads, bodies);
}

function aboutItem(shelf: Shelf, answer: Answer | Error, now: number): string {
  if (answer instanceof Error) return `"status":${statusOf(answer)}`;
  const { entry } = answer;
  const about = aboutText(answer, now);
  if (shelf.isJson || entry.isAbsent) return about;
  const value = JSON.stringify({ contentType: entry.contentType, ...valueOf(entry) });
  return `${about},${value.slice(1, -1)}`;
}

/** The store or the database is away; anything else is a fault of ours. */
function statusOf(error: Error): number {
  return error instanceof SourceUnavailable || error instanceof StoreUnavailable ? 503 : 500;
}

/** A text, a body, a text, …: into one piece of memory of just that size, written once. */
function join(texts: readonly string[], bodies: readonly Uint8Array[]): Buffer {
  let size = 0;
  for (const text of texts) size += Buffer.byteLength(text);
  for (const body of bodies) size += body.length;
  const all = Buffer.allocUnsafe(size);
  let at = 0;
  for (let index = 0; index < texts.length; index += 1) {
    at += all.write(texts[index]!, at);
    const body = bodies[index];
    if (body !== undefined) {
      all.set(body, at);
      at += body.length;
    }
  }
  return all;
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
