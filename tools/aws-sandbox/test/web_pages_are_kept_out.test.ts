import { request } from 'node:http';
import { expect, it } from 'vitest';
import { refuseWebPages } from '../src/http/web-pages.ts';
import { startSandbox } from '../src/index.ts';
import { ownUrl } from '../src/sandbox.ts';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { IncomingMessage } from 'node:http';

const verdict = (headers: Record<string, string>, allowed: string[] = []) =>
  refuseWebPages({ headers } as unknown as IncomingMessage, allowed)?.status ?? 'served';

it.each([
  ['curl and every SDK', { host: '127.0.0.1:4566' }, 'served'],
  ['the name localhost', { host: 'LOCALHOST:4566' }, 'served'],
  ['IPv6', { host: '[::1]:4566' }, 'served'],
  [
    'a page on this machine',
    { host: '127.0.0.1:4566', origin: 'http://localhost:5173', 'sec-fetch-site': 'same-site' },
    'served',
  ],
  ['a name that was bent to this address', { host: 'evil.example' }, 403],
  ['a form on another site', { host: '127.0.0.1:4566', origin: 'https://evil.example' }, 403],
  ['an image tag on another site', { host: '127.0.0.1:4566', 'sec-fetch-site': 'cross-site' }, 403],
  ['a sandboxed frame', { host: '127.0.0.1:4566', origin: 'null' }, 403],
])('%s: %j → %s', (_who, headers, expected) => {
  expect(verdict(headers)).toBe(expected);
});

it('other names can be allowed, for a container network', () => {
  expect(verdict({ host: 'sandbox:4566' })).toBe(403);
  expect(verdict({ host: 'sandbox:4566' }, ['sandbox'])).toBe('served');
});

it.each([
  ['http://0.0.0.0:4566', 'http://127.0.0.1:4566'],
  ['http://[::]:4566', 'http://[::1]:4566'],
  ['http://172.17.0.2:4566', 'http://172.17.0.2:4566'],
])('in a container that listens on %s it calls itself at %s', (listening, called) => {
  expect(ownUrl(listening)).toBe(called);
});

it('the whole sandbox is behind it, the control paths too', async () => {
  const stateDir = mkdtempSync(join(tmpdir(), 'pages-'));
  const sandbox = await startSandbox({ host: '127.0.0.1', port: 0, stateDir });
  for (const path of ['/', '/_sandbox/faults', '/bucket/key']) {
    const status = await new Promise((resolve) => {
      request(`${sandbox.endpoint}${path}`, { headers: { host: 'evil.example' } }, (res) => {
        res.resume();
        resolve(res.statusCode);
      }).end();
    });
    expect(status).toBe(403);
  }
  await sandbox.close();
  rmSync(stateDir, { recursive: true, force: true });
});
