import { IntakeMessage } from '@groundwork/contracts';
import { PermanentFailure, type IncomingMessage, type MessageHandler } from '@groundwork/messaging';
import { checkEntry } from '../domain/check-entry.ts';
import type { ProtectedRange } from '../domain/protected-ranges.ts';
import { readSubject } from '../domain/subject.ts';
import type { Entries } from '../ports/entries.ts';

export interface IntakeParts {
  entries: Pick<Entries, 'say' | 'endSaid'>;
  protectedRanges: () => readonly ProtectedRange[];
}

/**
 * What other services ask for. A time to live counts from when it was asked for: one that comes
 * late, or twice, does not last longer; one that comes after its time blocks nobody any more.
 */
export function createIntakeHandler({ entries, protectedRanges }: IntakeParts): MessageHandler {
  return async (message, { log }) => {
    const asked = parse(message.body);
    const by = `queue ${message.id}`;
    if (asked.type === 'UnblockRequested') {
      const read = readSubject(asked.subject);
      if (!read.ok) throw new PermanentFailure(`The subject cannot be read: ${read.message}`);
      const ended = await entries.endSaid(
        { action: 'block', subject: read.subject, source: asked.source },
        by,
      );
      const { text: subject } = read.subject;
      if (ended > 0) log.info({ subject, ended }, `${ended} blocks of ${subject} ended`);
      // What is wider or narrower is another subject.
      else log.warn({ subject }, `nobody blocks exactly ${subject}`);
      return;
    }
    const checked = checkEntry(asked.entry, protectedRanges());
    if (!checked.ok) throw new PermanentFailure(`${checked.code}: ${checked.message}`);
    const { said } = checked;
    const ttlSeconds = left(said.ttlSeconds, message);
    if (ttlSeconds !== undefined && ttlSeconds <= 0) {
      log.warn({ subject: said.subject.text }, `${said.subject.text} came when its time was up already`);
      return;
    }
    const [result] = await entries.say([{ ...said, ttlSeconds }], by);
    log.info({ id: result?.entry.id }, `${said.action} ${said.subject.text}`);
  };
}

/** In whole seconds. */
function left(ttlSeconds: number | undefined, { sentAt }: IncomingMessage): number | undefined {
  if (ttlSeconds === undefined || sentAt === undefined) return ttlSeconds;
  return Math.ceil(ttlSeconds - Math.max(0, Date.now() - sentAt.getTime()) / 1_000);
}

function parse(body: string): IntakeMessage {
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch (error) {
    throw new PermanentFailure(`The message is not JSON: ${(error as Error).message}`, { cause: error });
  }
  const parsed = IntakeMessage.safeParse(json);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new PermanentFailure(`The message is not understood: ${issue?.path.join('.')}: ${issue?.message}`);
}
