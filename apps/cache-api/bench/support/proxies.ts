import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startChild, type Running } from './child.ts';

const isThere = (program: string, flag: string): boolean =>
  spawnSync(program, [flag], { stdio: 'ignore' }).status === 0;

/** nginx with proxy_cache in front of `origin`; undefined where it is not installed. One worker. */
export async function startNginx(dir: string, port: number, origin: number): Promise<Running | undefined> {
  if (!isThere('nginx', '-v')) return undefined;
  const folder = join(dir, 'nginx');
  mkdirSync(join(folder, 'cache'), { recursive: true });
  chmodSync(dir, 0o755);
  const config = join(folder, 'nginx.conf');
  writeFileSync(
    config,
    `daemon off; worker_processes 1; pid ${folder}/pid; error_log ${folder}/error.log;
     events { worker_connections 256; }
     http { access_log off; keepalive_requests 10000000; proxy_cache_path ${folder}/cache keys_zone=c:10m; client_body_temp_path ${folder}/b; proxy_temp_path ${folder}/p; fastcgi_temp_path ${folder}/f; uwsgi_temp_path ${folder}/u; scgi_temp_path ${folder}/s;
       server { listen 127.0.0.1:${port}; location / { proxy_pass http://127.0.0.1:${origin}; proxy_cache c; proxy_cache_valid 200 5m; proxy_ignore_headers Vary Cache-Control; } } }`,
  );
  const running = await startChild(['nginx', '-c', config, '-p', folder], port);
  const [master] = running.pids();
  const children = readFileSync(`/proc/${master!}/task/${master!}/children`, 'latin1')
    .trim()
    .split(' ')
    .map(Number);
  return { ...running, pids: () => children };
}

/** Varnish in front of `origin`; undefined where it is not installed. */
export async function startVarnish(dir: string, port: number, origin: number): Promise<Running | undefined> {
  if (!isThere('varnishd', '-V')) return undefined;
  const folder = join(dir, 'varnish');
  const listen = ['-a', `127.0.0.1:${port}`, '-b', `127.0.0.1:${origin}`];
  const running = await startChild(
    ['varnishd', '-F', '-j', 'none', '-n', folder, ...listen, '-s', 'malloc,64m'],
    port,
  );
  const [master] = running.pids();
  const children = (): number[] =>
    readFileSync(`/proc/${master!}/task/${master!}/children`, 'latin1')
      .trim()
      .split(' ')
      .filter(Boolean)
      .map(Number);
  return { ...running, pids: children };
}
