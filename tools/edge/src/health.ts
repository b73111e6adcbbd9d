import type { Service } from './routes.ts';
import type { Upstreams } from './upstreams.ts';

export interface Health {
  status: 'ok' | 'degraded' | 'failing';
  services: Record<string, { status: Health['status']; instances: Record<string, string> }>;
}

const TIMEOUT_MS = 2_000;

/** Asks every instance of every service: ok when all answer, degraded when one of each does. */
export async function checkAll(upstreams: ReadonlyMap<Service, Upstreams>): Promise<Health> {
  const services = await Promise.all(
    [...upstreams].map(async ([service, { urls }]) => {
      const instances = await Promise.all(
        urls.map(async (url) => [url.origin, await checkOne(url)] as const),
      );
      return [
        service,
        { status: worstOf(instances.map(([, state]) => state)), instances: Object.fromEntries(instances) },
      ] as const;
    }),
  );
  const states = services.map(([, { status }]) => status);
  const status = states.includes('failing') ? 'failing' : states.includes('degraded') ? 'degraded' : 'ok';
  return { status, services: Object.fromEntries(services) };
}

async function checkOne(url: URL): Promise<string> {
  try {
    const answer = await fetch(new URL('/readyz', url), { signal: AbortSignal.timeout(TIMEOUT_MS) });
    if (answer.ok) return 'ok';
    const { checks = {} } = (await answer.json().catch(() => ({}))) as { checks?: Record<string, string> };
    const failing = Object.entries(checks)
      .filter(([, state]) => state !== 'ok')
      .map(([name, state]) => `${name}: ${state}`)
      .join('; ');
    return failing === '' ? `answered ${answer.status}` : failing;
  } catch (error) {
    // fetch itself says no more than "fetch failed".
    const cause = error instanceof Error ? (error.cause ?? error) : error;
    return cause instanceof Error ? cause.message : String(cause);
  }
}

function worstOf(states: readonly string[]): Health['status'] {
  if (states.every((state) => state === 'ok')) return 'ok';
  return states.includes('ok') ? 'degraded' : 'failing';
}
