import { mkdtempSync, rmSync } from 'node:fs';
import { request, type OutgoingHttpHeaders } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startSandbox, type Resources } from '@groundwork/aws-sandbox';
import { onTestFinished } from 'vitest';

export const credentials = { accessKeyId: 'sandbox', secretAccessKey: 'sandbox' };

/** A started sandbox that can be closed before the end of the test. */
export async function startAccount(resources?: Resources) {
  const stateDir = mkdtempSync(join(tmpdir(), 'edge-sandbox-'));
  const sandbox = await startSandbox({
    host: '127.0.0.1',
    port: 0,
    stateDir,
    throttleWaf: false,
    ...(resources === undefined ? {} : { resources }),
  });
  let closed: Promise<void> | undefined;
  const close = () => (closed ??= sandbox.close());
  onTestFinished(async () => {
    await close();
    rmSync(stateDir, { recursive: true });
  });
  return { endpoint: sandbox.endpoint, close };
}

export interface Heard {
  status: number;
  body: string;
  /** Who refused it. */
  gate: unknown;
}

/** What a client at this address is told. */
export function askFrom(port: number, from: string, headers: OutgoingHttpHeaders = {}): Promise<Heard> {
  return new Promise((resolve, reject) => {
    const options = {
      port,
      host: '127.0.0.1',
      localAddress: from,
      path: '/thumbnailer/x',
      agent: false as const,
    };
    const call = request({ ...options, headers }, (res) => {
      let body = '';
      res.setEncoding('utf8').on('data', (text: string) => (body += text));
      res.on('end', () => resolve({ status: res.statusCode ?? 0, body, gate: res.headers['x-edge-gate'] }));
    });
    call.on('error', reject).end();
  });
}
