import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { draw } from '../diagram/draw.ts';
import { graphOf } from '../diagram/graph.ts';
import { modelOf, type Change } from './stage.ts';

const graph = (stage: 'dev' | 'prod', change: Change = {}) => graphOf(modelOf(stage, change), stage);
const flows = ({ edges }: ReturnType<typeof graph>): string[] =>
  edges.map(({ from, to }) =>
    `${from} -> ${to}`.replaceAll(/(\w+)\.(\w+?)(?:[0-9A-F]{8}|(?=\W|$))/g, '$1.$2'),
  );

describe('the picture', () => {
  let dev: string[];
  beforeAll(() => {
    dev = flows(graph('dev'));
  });

  it.each([
    ['a request', /^edge\.distribution -> entrance\.alb$/],
    ['what is blocked', /^firewall\.\w+ -> edge\.distribution$/],
    ['a finished image', /^edge\.distribution -> events\.thumbnails$/],
    ['an upload, told', /^events\.uploads -> events\.uploadsevents$/],
    ['an upload, queued', /^events\.uploadsevents -> events\.thumbnaileruploadsqueue$/],
    ['an upload, worked on', /^events\.thumbnaileruploadsqueue -> services\.thumbnailer\w+$/],
    ['a thumbnail', /^services\.thumbnailer\w+ -> events\.thumbnails$/],
    ['what is cached', /^services\.cacheapi\w+ -> data\.valkey$/],
    ['what is stored', /^services\.hpcbroker\w+ -> data\.postgres$/],
    ['a finding', /^events\.findings -> events\.blocklistfindingsqueue$/],
  ])('shows the way of %s', (_what, way) => {
    expect(dev.filter((flow) => way.test(flow))).not.toEqual([]);
  });

  it('shows functions where they do the work', () => {
    const lambda = flows(graph('dev', { uploads: { worker: 'lambda', events: 'fifo' } }));
    expect(
      lambda.some((flow) => flow.startsWith('events.thumbnaileruploadsqueue -> services.uploadsworker')),
    ).toBe(true);
    expect(lambda.some((flow) => flow.startsWith('events.uploads -> events.uploadsrule'))).toBe(true);
  });

  it.each(['dev', 'prod'] as const)('of %s that is committed is the one of now', async (stage) => {
    const committed = readFileSync(new URL(`../../docs/architecture-${stage}.svg`, import.meta.url), 'utf8');
    expect(await draw(stage, graph(stage)), 'run npm run infra:diagram').toBe(committed);
  });
});
