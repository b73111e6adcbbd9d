import {
  CloudWatchLogsServiceException,
  GetLogEventsCommand,
  type CloudWatchLogsClient,
} from '@aws-sdk/client-cloudwatch-logs';

/** Of jobs whose definition names no other. */
const GROUP = '/aws/batch/job';

/** How far the lines of a stream have been read, as the bytes that they would be in a file. */
interface Reading {
  stream: string;
  /** Where `bytes` begins. */
  from: number;
  bytes: Buffer;
  token: string | undefined;
}

/**
 * What containers wrote, stdout and stderr together, as CloudWatch Logs has it: line by line. It is read from the
 * front to the back once; who asks for what was read before has it read again.
 */
export class LogReader {
  readonly #sdk: CloudWatchLogsClient;
  readonly #readings = new Map<string, Reading>();

  constructor(sdk: CloudWatchLogsClient) {
    this.#sdk = sdk;
  }

  async read(name: string, stream: string, from: number, maxBytes: number): Promise<Buffer> {
    let reading = this.#readings.get(name);
    if (reading === undefined || reading.stream !== stream || from < reading.from) {
      reading = { stream, from: 0, bytes: Buffer.alloc(0), token: undefined };
      this.#readings.set(name, reading);
    }
    while (reading.from + reading.bytes.length < from + maxBytes && (await this.#readOn(reading)));
    const gone = Math.min(Math.max(0, from - reading.from), reading.bytes.length);
    reading.from += gone;
    reading.bytes = reading.bytes.subarray(gone);
    return from === reading.from ? reading.bytes.subarray(0, maxBytes) : Buffer.alloc(0);
  }

  forget(name: string): void {
    this.#readings.delete(name);
  }

  /** False: there is no more just now. */
  async #readOn(reading: Reading): Promise<boolean> {
    const page = await this.#sdk
      .send(
        new GetLogEventsCommand({
          logGroupName: GROUP,
          logStreamName: reading.stream,
          startFromHead: true,
          nextToken: reading.token,
        }),
      )
      .catch((error: unknown) => {
        // It is made with the first line.
        if (error instanceof CloudWatchLogsServiceException && error.name === 'ResourceNotFoundException')
          return undefined;
        throw error;
      });
    if (page === undefined) return false;
    const lines = (page.events ?? []).map(({ message = '' }) => `${message}\n`).join('');
    const isEnd = page.nextForwardToken === reading.token;
    reading.token = page.nextForwardToken;
    reading.bytes = Buffer.concat([reading.bytes, Buffer.from(lines)]);
    return !isEnd && lines !== '';
  }
}
