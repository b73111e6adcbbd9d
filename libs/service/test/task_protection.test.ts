import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createTaskProtection } from '../src/index.ts';
import { eventually } from '../src/testing.ts';

const PATH = '/task-protection/v1/state';
let asked: unknown[];
let answer: { status: number; body: unknown };
let agent: string;
let logged: string;
const server = createServer((req, res) => {
  let body = '';
  req.on('data', (chunk: Buffer) => (body += chunk.toString()));
  req.on('end', () => {
    asked.push({ [`${req.method} ${req.url}`]: JSON.parse(body) as unknown });
    res.writeHead(answer.status, { 'content-type': 'application/json' }).end(JSON.stringify(answer.body));
  });
});

beforeEach(async () => {
  asked = [];
  logged = '';
  answer = { status: 200, body: { protection: { ProtectionEnabled: true } } };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  agent = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const logger = pino({ level: 'warn' }, { write: (line: string) => (logged += line) });
const on = { [`PUT ${PATH}`]: { ProtectionEnabled: true, ExpiresInMinutes: 10 } };
const off = { [`PUT ${PATH}`]: { ProtectionEnabled: false } };

describe('a task of ECS', () => {
  it('is protected from the first piece of work until some time after the last one', async () => {
    const protection = createTaskProtection(agent, logger, 50);
    const { promise, resolve } = Promise.withResolvers<void>();
    const first = protection.during(() => promise);
    expect(await protection.during(async () => 7)).toBe(7);
    await eventually(() => asked.length === 1);
    resolve();
    await first;
    await protection.during(async () => undefined);
    await eventually(() => asked.length === 2);
    expect(asked).toEqual([on, off]);
  });

  it('is protected by work that fails, too, and hears of its failure', async () => {
    const protection = createTaskProtection(agent, logger, 10);
    await expect(protection.during(() => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
    await eventually(() => asked.length === 2);
    expect(asked).toEqual([on, off]);
  });

  it('gives its protection back when it stops', async () => {
    const protection = createTaskProtection(agent, logger);
    await protection.during(async () => undefined);
    await protection.stop?.(AbortSignal.timeout(1_000));
    expect(asked).toEqual([on, off]);
    await protection.stop?.(AbortSignal.timeout(1_000));
    expect(asked).toHaveLength(2);
  });

  it.each([
    [200, { failure: { Reason: 'DEPLOYMENT_BLOCKED' } }],
    [403, { error: { Code: 'AccessDeniedException' } }],
  ])('works on when ECS refuses (%i %j), which is said', async (status, body) => {
    answer = { status, body };
    const protection = createTaskProtection(agent, logger);
    expect(await protection.during(async () => 'done')).toBe('done');
    await protection.stop?.(AbortSignal.timeout(1_000));
    expect(logged).toContain('scaling in may stop it in its work');
  });
});

it('what is no task of ECS asks nobody', async () => {
  const protection = createTaskProtection(undefined, logger, 0);
  expect(await protection.during(async () => 1)).toBe(1);
  await protection.stop?.(AbortSignal.timeout(1_000));
  expect(asked).toEqual([]);
});
