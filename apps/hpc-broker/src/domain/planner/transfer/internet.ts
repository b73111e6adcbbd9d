import type { Dataset } from '@groundwork/contracts';
import type { Services } from '../../catalogue/services.ts';
import { add, exactly, num, sourceOf, spanText, usd } from '../span.ts';
import { overLine } from './line.ts';
import { gbOf, GBPS, type Route } from './route.ts';

const MBPS = 1e6;
const WAYS = ['upload', 'datasync-enhanced', 's3-transfer-acceleration', 'datasync-basic'];

export function overTheInternet(data: Dataset, services: Services): Route[] {
  const { bytes, uplinkMbps } = data;
  if (uplinkMbps === undefined) {
    const reason = 'how fast the line of the site is, is not known: set dataset.uplinkMbps';
    const source = 'dataset of the job';
    return WAYS.map((name) => ({ open: false, name, reason, seconds: undefined, source }));
  }
  const { transfer, s3 } = services;
  const line = uplinkMbps * MBPS;
  const plain = overLine(bytes, line, transfer.plainUtilisation);
  const dearer = usd(gbOf(bytes) * s3.accelerationUsdPerGb);
  return [
    {
      open: true,
      name: 'upload',
      what: 'Upload to S3 by hand over the internet',
      seconds: plain.seconds,
      usd: exactly(0),
      timeFormula: plain.formula,
      costFormula: 'data in is free',
      sources: [sourceOf(transfer.plainUtilisation), sourceOf(s3)],
    },
    ...byDataSync(data, line, transfer),
    {
      open: false,
      name: 's3-transfer-acceleration',
      reason: `it shortens the way, and not the line: no faster than ${num(uplinkMbps)} Mbps, and ${dearer} dearer`,
      seconds: plain.seconds.low,
      source: s3.source,
    },
  ];
}

/** As many tasks as fill the line, each with an agent of its own. */
function byDataSync({ bytes, files }: Dataset, line: number, transfer: Services['transfer']): Route[] {
  const { dataSync, utilisation } = transfer;
  const gb = gbOf(bytes);
  const tasks = Math.ceil(line / (dataSync.gbpsPerTask * GBPS));
  const { seconds, formula } = overLine(bytes, line, utilisation);
  const common = {
    open: true,
    seconds: add(seconds, dataSync.setupSeconds),
    timeFormula: `agent ${spanText(dataSync.setupSeconds)} s + ${formula}`,
    sources: [sourceOf(dataSync), sourceOf(utilisation)],
  } as const;
  const what = (mode: string): string =>
    `DataSync, ${mode} mode, over the internet: ${tasks === 1 ? 'an agent that checks what it has sent' : `${tasks} agents that check what they have sent`}`;
  const enhanced: Route = {
    ...common,
    name: 'datasync-enhanced',
    what: what('Enhanced'),
    usd: exactly(gb * dataSync.enhancedUsdPerGb + dataSync.enhancedUsdPerRun * tasks),
    costFormula: `${num(gb)} GB × ${dataSync.enhancedUsdPerGb} + ${tasks} × ${dataSync.enhancedUsdPerRun}`,
  };
  if (files > dataSync.basicMaxFiles) {
    const reason = `a task of its Basic mode takes ${num(dataSync.basicMaxFiles)} files, and there are ${num(files)}`;
    const { source } = dataSync;
    return [enhanced, { open: false, name: 'datasync-basic', reason, seconds: undefined, source }];
  }
  return [
    enhanced,
    {
      ...common,
      name: 'datasync-basic',
      what: what('Basic'),
      usd: exactly(gb * dataSync.basicUsdPerGb),
      costFormula: `${num(gb)} GB × ${dataSync.basicUsdPerGb}`,
    },
  ];
}
