import { refusedWith, SlurmRefused, SlurmUnavailable } from './slurm-client.ts';
import { arrayOf, numberOf, textOf } from './rest-values.ts';

export interface RestOptions {
  /** http://host:6820 */
  url: string;
  user: string;
  /** A JWT, read anew for each request, as it is exchanged before it expires. */
  token: () => Promise<string>;
  withinMs: number;
}

export type Answer = Record<string, unknown>;

/** slurm_errno.h: what slurmctld says no with; numbers below are of the connection to it. */
const FIRST_OF_SLURM = 2_000;
/** Already done, and a number that nobody has any more. */
const GONE = new Set([2_017, 2_021]);

/** What slurmrestd answered. Rejects with SlurmRefused or SlurmUnavailable. */
export async function request(
  { url, user, token, withinMs }: RestOptions,
  method: 'GET' | 'POST' | 'DELETE',
  path: string,
  body?: unknown,
): Promise<Answer> {
  let text: string;
  let status: number;
  try {
    const response = await fetch(new URL(path, url), {
      method,
      headers: {
        'x-slurm-user-name': user,
        'x-slurm-user-token': await token(),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(withinMs),
    });
    status = response.status;
    text = await response.text();
  } catch (error) {
    throw new SlurmUnavailable(`${url} does not answer: ${reasonOf(error)}`, { cause: error });
  }
  const answer = parsed(text);
  // No jobs at all would be something else than no answer. Of a DELETE nothing needs to be said.
  if (answer === undefined && status < 300 && method !== 'DELETE')
    throw new SlurmUnavailable(`${url} answers ${status} with something that is no JSON object`);
  const [first] = arrayOf(answer?.['errors']);
  if (first === undefined && status < 300) return answer ?? {};
  const code = numberOf(first?.['error_number']) ?? numberOf(first?.['error_code']) ?? -1;
  const said = [first?.['error'], first?.['description']]
    .map(textOf)
    .filter((word) => word !== '')
    .join(': ');
  if (status === 401) throw new SlurmUnavailable(`${url} does not take the token of ${user}`);
  if (code < FIRST_OF_SLURM) throw new SlurmUnavailable(`${url} answers ${status}: ${said || 'no reason'}`);
  throw new RestRefused(said, code);
}

function parsed(json: string): Answer | undefined {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === 'object' && value !== null ? (value as Answer) : undefined;
  } catch {
    return undefined;
  }
}

export class RestRefused extends SlurmRefused {
  readonly code: number;

  constructor(said: string, code: number) {
    const { message, forGood } = refusedWith(said);
    super(message, forGood);
    this.code = code;
  }

  get isGone(): boolean {
    return GONE.has(this.code);
  }
}

function reasonOf(error: unknown): string {
  const { message, cause } = error as Error;
  return cause instanceof Error ? cause.message : message;
}
