import { eventually, freePort } from '@groundwork/service/testing';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { say, startRedis, type TestServer } from './servers.ts';

const SLOTS = 16_384;

/** Masters that share the slots, without replicas (redis.io, "Scale with Redis Cluster"). */
export async function startRedisCluster(count: number): Promise<TestServer[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const bus = await freePort();
      const file = `/tmp/cache-api-nodes-${process.pid}-${bus}.conf`;
      const options = ['--cluster-enabled', 'yes', '--cluster-port', `${bus}`, '--cluster-config-file', file];
      return rememberingFile(await startRedis(options), file);
    }),
  );
  const [first, ...others] = servers;
  for (const [at, { port }] of servers.entries()) {
    const from = Math.floor((at * SLOTS) / count);
    const to = Math.floor(((at + 1) * SLOTS) / count) - 1;
    await say(port, `CLUSTER ADDSLOTSRANGE ${from} ${to}`);
    await say(port, `CLUSTER SET-CONFIG-EPOCH ${at + 1}`);
  }
  for (const { port } of others) {
    const bus = (await say(port, 'CONFIG GET cluster-port')).split('\r\n').at(-2);
    await say(first!.port, `CLUSTER MEET 127.0.0.1 ${port} ${bus}`);
  }
  for (const { port } of servers) {
    await eventually(async () => (await say(port, 'CLUSTER INFO')).includes('cluster_state:ok'));
    await eventually(async () => (await say(port, 'CLUSTER INFO')).includes(`cluster_size:${count}`));
  }
  return servers;
}

/** A node that comes back is who it was; and nothing is left behind. */
function rememberingFile(server: TestServer, file: string): TestServer {
  let kept = readFileSync(file);
  return {
    ...server,
    async kill() {
      await server.kill();
      if (existsSync(file)) kept = readFileSync(file);
      rmSync(file, { force: true });
    },
    async start() {
      writeFileSync(file, kept);
      await server.start();
    },
  };
}
