import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { basename } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Preset } from './service.ts';

const START_MS = 10_000;
const STOP_MS = 5_000;

/**
 * An imgproxy on loopback that reads originals from `root`, and the same outputs asked
 * of it one by one. It makes no thumbhash and no dominant colour, so it does a little less.
 * https://docs.imgproxy.net/usage/processing
 */
export async function startImgproxy(binary: string, root: string, effort: number) {
  const port = await freePort();
  const server = spawn(binary, [], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: {
      IMGPROXY_BIND: `127.0.0.1:${port}`,
      IMGPROXY_LOCAL_FILESYSTEM_ROOT: root,
      // Megapixels.
      IMGPROXY_MAX_SRC_RESOLUTION: '100',
      IMGPROXY_WEBP_EFFORT: String(effort),
      IMGPROXY_LOG_LEVEL: 'error',
    },
  });
  const stop = async (): Promise<void> => {
    if (server.exitCode !== null || server.signalCode !== null) return;
    const exited = once(server, 'exit');
    server.kill('SIGTERM');
    const timer = setTimeout(() => server.kill('SIGKILL'), STOP_MS);
    await exited;
    clearTimeout(timer);
  };
  await once(server, 'spawn').catch((cause: unknown) => {
    throw new Error(`IMGPROXY_BIN=${binary} cannot be started: ${(cause as Error).message}`, { cause });
  });
  try {
    await healthy(`http://127.0.0.1:${port}/health`);
  } catch (error) {
    await stop();
    throw error;
  }
  const fetchOne = async (url: string): Promise<Uint8Array> => {
    const response = await fetch(url);
    if (!response.ok)
      throw new Error(`imgproxy answered ${response.status} to ${url}: ${await response.text()}`);
    return new Uint8Array(await response.arrayBuffer());
  };
  return {
    pid: server.pid,
    stop,
    async make(original: string, presets: readonly Preset[]) {
      const files: { name: string; bytes: Uint8Array }[] = [];
      for (const { name, width, height, encodings } of presets) {
        for (const { format, quality } of encodings) {
          const options = `rs:fit:${width}:${height}/q:${quality}/f:${format === 'jpeg' ? 'jpg' : format}`;
          const url = `http://127.0.0.1:${port}/insecure/${options}/plain/local:///${basename(original)}`;
          files.push({ name: `${name}.${format}`, bytes: await fetchOne(url) });
        }
      }
      return files;
    },
  };
}

async function healthy(url: string): Promise<void> {
  const until = performance.now() + START_MS;
  for (;;) {
    const answered = await fetch(url).then(
      ({ ok }) => ok,
      () => false,
    );
    if (answered) return;
    if (performance.now() > until) throw new Error(`imgproxy was not healthy after ${START_MS} ms: ${url}`);
    await delay(50);
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
