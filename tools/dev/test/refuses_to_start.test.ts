import { createServer } from 'node:net';
import { eventually } from '@groundwork/service/testing';
import { expect, it, onTestFinished } from 'vitest';
import { settings, Stack } from './stack.ts';

async function hold(port: number, host = '127.0.0.1'): Promise<void> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(port, host, resolve));
  onTestFinished(() => void server.close());
}

it.each(['127.0.0.1', '0.0.0.0', '::'])(
  'names port, setting and holder of a port that is taken on %s, and starts nothing',
  async (host) => {
    const given = await settings();
    await hold(Number(given.THUMBNAILER_PORT), host);
    const stack = new Stack(given);
    expect(await stack.ended).toBe(1);
    expect(stack.output).toMatch(
      new RegExp(
        `^Port ${given.THUMBNAILER_PORT}, meant for thumbnailer, is held by .+ \\(pid ${process.pid}\\)\\. ` +
          `Stop it, or move thumbnailer: THUMBNAILER_PORT=\\d+ npm start\n$`,
      ),
    );
    expect(stack.processes()).toEqual([]);
  },
);

it('names every port that is taken, not only the first', async () => {
  const given = await settings();
  await hold(Number(given.EDGE_PORT));
  await hold(Number(given.SANDBOX_PORT));
  const stack = new Stack(given);
  expect(await stack.ended).toBe(1);
  expect(stack.output).toContain(`EDGE_PORT=`);
  expect(stack.output).toContain(`SANDBOX_PORT=`);
});

it('proposes a port that exists when the taken one is near the end', async () => {
  const given = { ...(await settings()), EDGE_PORT: '65100' };
  await hold(65_100);
  const stack = new Stack(given);
  expect(await stack.ended).toBe(1);
  expect(Number(/EDGE_PORT=(\d+)/.exec(stack.output)?.[1])).toBeLessThan(65_536);
});

it('says when two processes were given the same port', async () => {
  const given = await settings();
  const stack = new Stack({ ...given, EDGE_PORT: given.SANDBOX_PORT });
  expect(await stack.ended).toBe(1);
  expect(stack.output).toContain(`EDGE_PORT and SANDBOX_PORT are both ${given.SANDBOX_PORT}`);
  expect(stack.processes()).toEqual([]);
});

it('refuses port 0, because nobody would know where the process listens', async () => {
  const stack = new Stack({ ...(await settings()), EDGE_PORT: '0' });
  expect(await stack.ended).toBe(1);
  expect(stack.output).toContain('EDGE_PORT="0"');
});

it('ends with the sentence of the service that has a wrong setting, and leaves no process', async () => {
  const stack = new Stack(await settings(), { MAX_SOURCE_BYTES: 'abc' });
  expect(await stack.ended).toBe(1);
  expect(stack.output).toContain('MAX_SOURCE_BYTES="abc": must be a whole number');
  expect(stack.output).toContain('thumbnailer exited with code 1 before it was ready');
  await eventually(() => stack.processes().length === 0);
});

it('refuses to share its state with a stack that runs on other ports', async () => {
  const first = new Stack(await settings());
  await first.ready();
  const second = new Stack(await settings(first.settings.GROUNDWORK_STATE_DIR));
  expect(await second.ended).toBe(1);
  expect(second.output).toContain(`(pid ${first.pid})`);
  expect(second.output).toContain('GROUNDWORK_STATE_DIR');
  expect(await first.stop()).toBe(0);
  expect(first.output).not.toContain('starting it again');
});
