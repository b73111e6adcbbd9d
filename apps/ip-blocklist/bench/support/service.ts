import { freePort } from '@groundwork/service/testing';
import { startProcess, type Running } from './process.ts';

const MAIN = new URL('../../src/main.ts', import.meta.url);

export interface Service extends Running {
  url: string;
  get: <T>(path: string) => Promise<T>;
  /** As Prometheus gets them. */
  metrics: () => Promise<string>;
  post: (path: string, body: object) => Promise<void>;
  /** The longest that its event loop did nothing else since this was asked last, in ms. */
  longestStall: () => Promise<number>;
}

/** The service in a process of its own. What it warns of goes to stderr. */
export async function startService(environment: Readonly<Record<string, string>>): Promise<Service> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const running = await startProcess({
    main: MAIN,
    environment: {
      PORT: String(port),
      AUTH_MODE: 'none',
      LOG_LEVEL: 'warn',
      AWS_ACCESS_KEY_ID: 'sandbox',
      AWS_SECRET_ACCESS_KEY: 'sandbox',
      ...environment,
    },
    ready: `${url}/readyz`,
    heard: (line) => void process.stderr.write(`${line}\n`),
  });
  const ask = async (path: string, init?: RequestInit): Promise<Response> => {
    const answer = await fetch(`${url}${path}`, init);
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
    return answer;
  };
  return {
    ...running,
    url,
    get: async <T>(path: string) => (await (await ask(path)).json()) as T,
    async post(path, body) {
      const headers = { 'content-type': 'application/json' };
      await (await ask(path, { method: 'POST', headers, body: JSON.stringify(body) })).text();
    },
    metrics: async () => (await ask('/metrics')).text(),
    async longestStall() {
      const metrics = await (await ask('/metrics')).text();
      return 1_000 * Number(/^nodejs_eventloop_lag_max_seconds(?:\{.*\})? (\S+)$/m.exec(metrics)?.[1]);
    },
  };
}
