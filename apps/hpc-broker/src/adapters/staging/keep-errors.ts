import { Readable } from 'node:stream';
import type { GetObjectCommand } from '@aws-sdk/client-s3';

/**
 * Has whoever reads the body learn that its connection broke, also when that was before the first read. The
 * SDK waits a few turns between the answer's head and its first listener on the body; what breaks off
 * between them would be an uncaught exception, or never end.
 */
export function keepErrors(command: GetObjectCommand): GetObjectCommand {
  command.middlewareStack.add(
    (next) => async (args) => {
      const result = await next(args);
      const { response } = result;
      if (isAnswer(response) && response.statusCode < 300) response.body = readLater(response.body);
      return result;
    },
    // Next to the connection, before checksums are compared.
    { step: 'deserialize', priority: 'low', name: 'keepErrors' },
  );
  return command;
}

/** What it is read for comes with the error, as an iterator looks first whether there was one. */
function readLater(body: Readable): Readable {
  body.on('error', () => undefined);
  return Readable.from(body, { objectMode: false });
}

function isAnswer(response: unknown): response is { statusCode: number; body: Readable } {
  return (
    typeof response === 'object' &&
    response !== null &&
    'statusCode' in response &&
    typeof response.statusCode === 'number' &&
    'body' in response &&
    response.body instanceof Readable
  );
}
