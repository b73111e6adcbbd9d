import { randomBytes } from 'node:crypto';
import { request } from 'node:http';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { anInstance, type Soak } from '../soak.ts';
import type { Row } from '../truth/rows.ts';

const BLOB_BYTES = 400 * 1_024;
const BYTES = { 'content-type': 'application/octet-stream' };
const HANGS_UP_WITHIN_MS = 8;
const SLOW = { pauseMs: 20, longestMs: 4_000 };

/** Clients that hang up in the middle, and clients that read slowly. What they get is not looked at. */
export function createRude(soak: Soak, aRow: () => Row) {
  const { caller, signal } = soak;
  const blob = randomBytes(BLOB_BYTES);

  /** In the middle of a request, or before its answer. */
  async function hangUp(): Promise<void> {
    const to = anInstance(soak);
    if (to === undefined) return;
    const socket = connect(to.port, '127.0.0.1');
    socket.on('error', () => undefined);
    const path = `/v1/resources/products/${aRow().id}`;
    const whole = `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`;
    const half = `PATCH ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n{"note":"`;
    socket.write(Math.random() < 0.5 ? whole : half);
    await delay(Math.random() * HANGS_UP_WITHIN_MS, undefined, { signal }).catch(() => undefined);
    if (Math.random() < 0.5) socket.resetAndDestroy();
    else socket.destroy();
  }

  async function slowReader(): Promise<void> {
    const to = anInstance(soak);
    if (to === undefined) return;
    const path = '/v1/kv/blobs/large';
    if (Math.random() < 0.3) {
      await caller.call(to, {
        kind: 'write',
        method: 'PUT',
        path,
        headers: BYTES,
        body: blob,
        expects: [200, 201],
      });
    }
    await new Promise<void>((resolve) => {
      const req = request({ host: '127.0.0.1', port: to.port, path, agent: false }, (res) => {
        res.on('data', () => {
          res.pause();
          setTimeout(() => res.resume(), SLOW.pauseMs);
        });
        res.on('error', () => undefined);
      });
      const timer = setTimeout(() => req.destroy(), SLOW.longestMs);
      req.on('error', () => undefined);
      req.on('close', () => {
        clearTimeout(timer);
        resolve();
      });
      req.end();
    });
  }

  return { hangUp, slowReader };
}
