import type { AgentReport } from '@groundwork/contracts';
import { readList, type TakenList } from './list.ts';

/** Three million networks. */
const MOST_BYTES = 128 * 2 ** 20;
/** For a list of that size over a slow line, in ms. */
const TIMEOUT_MS = 30_000;

/** The service, as an agent knows it. */
export interface BlocklistService {
  /** Undefined when it is still the list of that version. Rejects when there is no answer, or no whole one. */
  pull(known: string | undefined, signal: AbortSignal): Promise<TakenList | undefined>;
  report(report: AgentReport, signal: AbortSignal): Promise<void>;
}

export function createBlocklistService(options: {
  url: string;
  name: string;
  apiKey: string | undefined;
}): BlocklistService {
  const base = options.url.replace(/\/+$/, '');
  const key: Record<string, string> = options.apiKey === undefined ? {} : { 'x-api-key': options.apiKey };
  async function call(path: string, signal: AbortSignal, init: RequestInit): Promise<Response> {
    const until = AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]);
    // Another address would get the key.
    const answer = await fetch(`${base}${path}`, { ...init, signal: until, redirect: 'error' }).catch(
      (error: Error) => {
        // Node says no more than `fetch failed` by itself.
        const { message = error.message } = (error.cause ?? {}) as Partial<Error>;
        throw new Error(`${base} does not answer: ${message}`, { cause: error });
      },
    );
    if (answer.ok || answer.status === 304) return answer;
    await answer.body?.cancel();
    throw new Error(`${path} answers ${answer.status}`);
  }
  return {
    async pull(known, signal) {
      const headers = { ...key, ...(known === undefined ? {} : { 'if-none-match': `"${known}"` }) };
      const answer = await call('/v1/export?format=json', signal, { headers });
      return answer.status === 304 ? undefined : readList(await textOf(answer));
    },
    async report(report, signal) {
      const headers = { ...key, 'content-type': 'application/json' };
      const body = JSON.stringify(report);
      await call(`/v1/agents/${options.name}`, signal, { method: 'POST', headers, body });
    },
  };
}

async function textOf({ body }: Response): Promise<string> {
  const decoder = new TextDecoder();
  let [text, bytes] = ['', 0];
  for await (const piece of body ?? []) {
    bytes += piece.length;
    if (bytes > MOST_BYTES) throw new Error(`the list is too large: more than ${MOST_BYTES} bytes`);
    text += decoder.decode(piece, { stream: true });
  }
  return text;
}
