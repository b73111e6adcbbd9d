import { createHash, randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';

/** Asks again and again until `probe` gives something; bounded, so a lost event is a failure, not a hang. */
export async function eventually<T>(
  what: string,
  patience: number,
  probe: () => Promise<T | undefined>,
): Promise<T> {
  const deadline = Date.now() + patience;
  for (;;) {
    const found = await probe();
    if (found !== undefined) return found;
    if (Date.now() >= deadline) throw new Error(`${what}: not within ${patience} ms`);
    await pause(25);
  }
}

export function uniqueName(prefix: string): string {
  return `${prefix}-${randomUUID().slice(0, 18)}`;
}

export function md5(data: string | Uint8Array): string {
  return createHash('md5').update(data).digest('hex');
}

/** How a service said no. */
export interface Refusal {
  readonly code: string;
  readonly status: number;
  readonly message: string;
  readonly headers: Readonly<Record<string, string>>;
}

function property(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}

/** Awaits an operation that has to be refused, and gives the refusal. */
export async function refusal(operation: Promise<unknown>): Promise<Refusal> {
  let error: unknown;
  try {
    await operation;
  } catch (caught) {
    error = caught;
  }
  if (error === undefined) throw new Error('the operation succeeded; it has to be refused');
  const status = property(property(error, '$metadata'), 'httpStatusCode');
  // Not an answer of the service (a refused connection, a bug in the test): never a refusal.
  if (typeof status !== 'number') throw error;
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(property(property(error, '$response'), 'headers') ?? {})) {
    headers[name.toLowerCase()] = String(value);
  }
  return {
    code: String(property(error, 'name')),
    status,
    message: String(property(error, 'message')),
    headers,
  };
}

export function defined<T>(value: T | undefined | null, what = 'value'): T {
  if (value === undefined || value === null) throw new Error(`${what} is missing from the answer`);
  return value;
}

/**
 * Does something while what begins in EC2 takes a minute, so that it is still on its way afterwards. The sandbox is in
 * a hurry otherwise; the others have a pace of their own.
 */
export async function unhurried<T>(
  { endpoint, target }: { endpoint: string; target: string },
  work: () => Promise<T>,
): Promise<T> {
  if (target !== 'sandbox') return work();
  const set = (ms: number) =>
    fetch(`${endpoint}/_sandbox/ec2`, {
      method: 'PUT',
      body: JSON.stringify({ pendingMs: ms, volumeMs: ms, snapshotMs: ms }),
    });
  await set(60_000);
  try {
    return await work();
  } finally {
    await set(20);
  }
}
