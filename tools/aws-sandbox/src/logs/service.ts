import { z } from 'zod';
import { notImplemented } from '../http/aws-error.ts';
import type { Reply } from '../http/reply.ts';
import { logsError, LOGS_CONTENT_TYPE } from './error.ts';
import { GetLogEvents, getLogEvents } from './log-events.ts';
import { BATCH_LOG_GROUP, type LogStreams } from './streams.ts';

const DescribeLogStreams = z.object({
  logStreamNamePrefix: z.string().min(1).default(''),
  orderBy: z.literal('LogStreamName').default('LogStreamName'),
  descending: z.boolean().default(false),
  limit: z.int().min(1).max(50).default(50),
  nextToken: z.string().optional(),
});
const Group = z.object({ logGroupName: z.string().optional(), logGroupIdentifier: z.string().optional() });

/** So much of CloudWatch Logs as is needed to read what jobs have written. */
export class LogsService {
  readonly #streams: LogStreams;

  constructor(streams: LogStreams) {
    this.#streams = streams;
  }

  call(action: string, json: string, region: string): Reply {
    const body: unknown = json === '' ? {} : JSON.parse(json);
    const result = this.#run(action, body, region);
    return { status: 200, headers: { 'content-type': LOGS_CONTENT_TYPE }, body: JSON.stringify(result) };
  }

  #run(action: string, body: unknown, region: string): object {
    if (action !== 'GetLogEvents' && action !== 'DescribeLogStreams') throw notImplemented(`logs:${action}`);
    this.#checkGroup(body, region);
    return action === 'GetLogEvents'
      ? getLogEvents(this.#streams, region, read(GetLogEvents, body))
      : this.#describe(read(DescribeLogStreams, body), region);
  }

  /** By name, or by name or ARN. It is there when something has been written to it. */
  #checkGroup(body: unknown, region: string): void {
    const { logGroupName, logGroupIdentifier } = read(Group, body);
    if ((logGroupName === undefined) === (logGroupIdentifier === undefined)) {
      throw logsError.invalid('Exactly one of logGroupName and logGroupIdentifier must be specified.');
    }
    const name = logGroupName ?? logGroupIdentifier?.replace(/^arn:aws:logs:[^:]*:\d+:log-group:/, '');
    if (name !== BATCH_LOG_GROUP || this.#streams.isEmpty(region)) throw logsError.absent('log group');
  }

  /** The token is the last name that was given. */
  #describe(asked: z.infer<typeof DescribeLogStreams>, region: string): object {
    const all = this.#streams.list(region, asked.logStreamNamePrefix);
    const ordered = asked.descending ? all.toReversed() : all;
    const after =
      asked.nextToken === undefined ? -1 : ordered.findIndex(({ name }) => name === asked.nextToken);
    const page = ordered.slice(after + 1, after + 1 + asked.limit);
    return {
      logStreams: page.map(({ name, created, first, last, ingested }) => ({
        logStreamName: name,
        creationTime: created,
        firstEventTimestamp: first ?? undefined,
        lastEventTimestamp: last ?? undefined,
        lastIngestionTime: ingested ?? undefined,
        arn: `arn:aws:logs:${region}:000000000000:log-group:${BATCH_LOG_GROUP}:log-stream:${name}`,
        storedBytes: 0,
      })),
      ...(ordered.length > after + 1 + asked.limit && { nextToken: page.at(-1)?.name }),
    };
  }
}

function read<T extends z.ZodType>(shape: T, body: unknown): z.output<T> {
  const result = shape.safeParse(body);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  throw logsError.invalid(`${issue?.path.join('.')}: ${issue?.message}`);
}
