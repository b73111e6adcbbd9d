import type { SNSClient } from '@aws-sdk/client-sns';
import type { SQSClient } from '@aws-sdk/client-sqs';

interface BatchInput {
  Entries?: { Id: string; MessageBody?: string }[];
  PublishBatchRequestEntries?: { Id: string; Message?: string }[];
}
interface BatchOutput {
  Successful?: object[];
  Failed?: object[];
}

export interface BatchCall {
  bodies: string[];
}

/**
 * Has some entries of the client's batch calls refused before they reach the service, as
 * SQS and SNS do under load (the sandbox refuses calls only as a whole). Returns the calls.
 */
export function refuseEntries(
  client: SQSClient | SNSClient,
  refused: (body: string) => false | { SenderFault: boolean; Code: string; Message: string },
): BatchCall[] {
  const calls: BatchCall[] = [];
  // Both clients have this stack; only their types differ.
  (client as SQSClient).middlewareStack.add(
    (next) => async (args) => {
      const input = args.input as BatchInput;
      const name = input.Entries === undefined ? 'PublishBatchRequestEntries' : 'Entries';
      const entries = input[name];
      if (entries === undefined) return next(args);
      const bodyOf = (entry: object): string => {
        const { MessageBody, Message } = entry as { MessageBody?: string; Message?: string };
        return MessageBody ?? Message ?? '';
      };
      calls.push({ bodies: entries.map(bodyOf) });
      const verdicts = entries.map((entry) => ({ entry, no: refused(bodyOf(entry)) }));
      const Failed = verdicts.flatMap(({ entry, no }) => (no === false ? [] : [{ Id: entry.Id, ...no }]));
      const passed = verdicts.flatMap(({ entry, no }) => (no === false ? [entry] : []));
      if (passed.length === 0) return { output: { Failed, $metadata: {} }, response: {} };
      const result = await next({ ...args, input: { ...input, [name]: passed } as never });
      (result.output as BatchOutput).Failed = [...((result.output as BatchOutput).Failed ?? []), ...Failed];
      return result;
    },
    { step: 'initialize', priority: 'high', name: 'refuseEntries', override: true },
  );
  return calls;
}
