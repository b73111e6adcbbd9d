import { spawnSync } from 'node:child_process';
import { programOf } from '@groundwork/service/testing';
import { describe, expect, it } from 'vitest';

const MAIN = programOf(new URL('../src/main.ts', import.meta.url));
const VALID = {
  AUTH_MODE: 'none',
  UPLOADS_BUCKET: 'uploads',
  THUMBNAILS_BUCKET: 'thumbnails',
  UPLOADS_QUEUE_URL: 'http://127.0.0.1:4566/000000000000/uploads',
  DEFERRED_QUEUE_URL: 'http://127.0.0.1:4566/000000000000/deferred',
};

function check(env: Record<string, string>) {
  return spawnSync(process.execPath, [MAIN, '--check-config'], {
    env: { PATH: process.env['PATH'], ...env },
    encoding: 'utf8',
  });
}

describe('--check-config', () => {
  it('accepts a complete environment', () => {
    expect(check(VALID)).toMatchObject({ status: 0, stdout: 'The configuration is valid.\n' });
  });

  it('names every setting that is missing or wrong, with an example', () => {
    const { status, stderr } = check({ MAX_SOURCE_BYTES: 'ten', AUTH_MODE: 'none' });
    expect(status).toBe(1);
    for (const line of [
      'UPLOADS_BUCKET is required',
      'THUMBNAILS_BUCKET is required',
      'UPLOADS_QUEUE_URL is required',
      'MAX_SOURCE_BYTES="ten": must be a whole number; for example MAX_SOURCE_BYTES=100000000',
    ]) {
      expect(stderr).toContain(line);
    }
  });

  it('refuses to write thumbnails where uploads are', () => {
    const { status, stderr } = check({ ...VALID, THUMBNAILS_BUCKET: 'uploads' });
    expect(status).toBe(1);
    expect(stderr).toContain('every thumbnail would be an upload again');
  });

  it('refuses to go without authentication beyond loopback', () => {
    expect(check({ ...VALID, HOST: '0.0.0.0' }).stderr).toContain('none is refused when HOST=0.0.0.0');
    expect(check({ ...VALID, HOST: '0.0.0.0', AUTH_INSECURE: 'development-only' }).status).toBe(0);
  });

  it('asks for keys by default', () => {
    const { AUTH_MODE: _none, ...rest } = VALID;
    expect(check(rest).stderr).toContain('API_KEYS: is required with AUTH_MODE=api-key');
  });
});
