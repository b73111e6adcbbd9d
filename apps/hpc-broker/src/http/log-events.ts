import type { Request, Response } from 'express';
import { setTimeout as delay } from 'node:timers/promises';
import type { AttemptId } from '../domain/jobs/attempt-name.ts';
import { followOutput } from '../output/follow.ts';
import type { Stream } from '../ports/engine.ts';
import type { OutputReader } from '../ports/output.ts';

export interface Following {
  output: OutputReader;
  job: string;
  element: number;
  /** Only this attempt; undefined: from the latest on all that follow. */
  number: number | undefined;
  streams: readonly Stream[];
  /** Whether the element has ended, so that no other attempt will come. */
  isOver: () => Promise<boolean>;
  stopping: AbortSignal;
}

type Offsets = Partial<Record<Stream, number>>;

/** Until there is an attempt, in ms. */
const LOOK_MS = 300;
/** Proxies end what is silent for a minute. */
const ALIVE_MS = 15_000;

/**
 * Server-sent events: `attempt` when one begins, `stdout` and `stderr` with text as it is written, `gap` for
 * what is not kept, `end`. Ids say how far each stream was told, so that a reader who comes back goes on there.
 */
export async function followLog(req: Request, res: Response, following: Following): Promise<void> {
  const gone = new AbortController();
  res.once('close', () => gone.abort());
  const signal = AbortSignal.any([gone.signal, following.stopping]);
  res.type('text/event-stream').set('x-accel-buffering', 'no');
  res.flushHeaders();
  const alive = setInterval(() => res.write(':\n\n'), ALIVE_MS);
  try {
    for await (const one of events(following, req.get('last-event-id'), signal)) {
      if (!res.write(one)) await drained(res, signal);
    }
  } finally {
    clearInterval(alive);
    res.end();
  }
}

async function* events(
  { output, job, element, number, streams, isOver }: Following,
  lastId: string | undefined,
  signal: AbortSignal,
): AsyncGenerator<string> {
  let resumed = lastId === undefined ? undefined : placeIn(lastId);
  let told = 0;
  while (!signal.aborted) {
    // Asked before, so that an attempt that comes between is not missed.
    const over = await isOver();
    const latest = await output.latestAttempt(job, element);
    const newest = number ?? latest?.number ?? 0;
    if (newest > told) {
      told = number ?? resumed?.number ?? (told === 0 ? newest : told + 1);
      const from = resumed?.number === told ? resumed.offsets : {};
      resumed = undefined;
      yield event('attempt', String(told));
      yield* attemptEvents(output, { job, element, number: told }, streams, from, signal);
      if (number === undefined) continue;
    }
    if (over || number !== undefined) break;
    await delay(LOOK_MS, undefined, { signal }).catch(() => undefined);
  }
  if (!signal.aborted) yield event('end', 'nothing more will come');
}

async function* attemptEvents(
  output: OutputReader,
  attempt: AttemptId,
  streams: readonly Stream[],
  begin: Offsets,
  signal: AbortSignal,
): AsyncGenerator<string> {
  const offsets: Offsets = Object.fromEntries(streams.map((stream) => [stream, begin[stream] ?? 0]));
  const decoders = new Map(streams.map((stream) => [stream, new TextDecoder()]));
  for await (const { stream, from, bytes } of followOutput(output, attempt, { signal, from: offsets })) {
    const missing = from - (offsets[stream] ?? 0);
    if (missing > 0) yield event('gap', `${missing} bytes of ${stream} are not kept`);
    offsets[stream] = from + bytes.length;
    const text = decoders.get(stream)!.decode(bytes, { stream: true });
    if (text !== '') yield event(stream, text, idOf(attempt.number, offsets));
  }
  for (const [stream, decoder] of decoders) {
    const rest = decoder.decode();
    if (rest !== '') yield event(stream, rest, idOf(attempt.number, offsets));
  }
}

/** Lines of its data, of which any kind of end is one; whoever joins them with line feeds has the text. */
function event(name: string, data: string, id?: string): string {
  const lines = data.split(/\r\n|\n|\r/).map((line) => `data: ${line}\n`);
  return `event: ${name}\n${id === undefined ? '' : `id: ${id}\n`}${lines.join('')}\n`;
}

const idOf = (number: number, { stdout = 0, stderr = 0 }: Offsets): string => `${number}-${stdout}-${stderr}`;

function placeIn(id: string): { number: number; offsets: Offsets } | undefined {
  const [, number, stdout, stderr] = /^(\d{1,9})-(\d{1,15})-(\d{1,15})$/.exec(id) ?? [];
  if (number === undefined) return undefined;
  return { number: Number(number), offsets: { stdout: Number(stdout), stderr: Number(stderr) } };
}

function drained(res: Response, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      res.off('drain', done);
      signal.removeEventListener('abort', done);
      resolve();
    };
    res.once('drain', done);
    signal.addEventListener('abort', done, { once: true });
    if (signal.aborted) done();
  });
}
