import { load } from './support/load.ts';
import { startChild } from './support/child.ts';
import { cpuMicroseconds, median } from './support/cpu.ts';
const N = [process.execPath, '--disable-warning=ExperimentalWarning'];
const bare = await startChild([...N, 'bench/servers/bare.ts', '28901', '/tmp/w/rr.json'], 28901);
const bento = await startChild([...N, 'bench/servers/express-bento.ts', '28902', '/tmp/w/rr.json'], 28902);
const path = '/v1/resources/records/1';
const out: Record<string, number[]> = {};
for (let r = 0; r < 8; r++)
  for (const [n, run] of [
    ['bare', bare],
    ['bento', bento],
  ] as const) {
    const u = () => cpuMicroseconds(run.pids()[0]!);
    const b = u();
    await load(run.port, { path }, { count: 6000, connections: 16, status: 200 });
    (out[n] ??= []).push((u() - b) / 6000);
  }
for (const [n, v] of Object.entries(out))
  console.log(n, median(v.slice(2)).toFixed(1), v.map((x) => x.toFixed(0)).join(' '));
process.exit(0);
