import type { Dataset } from '@groundwork/contracts';
import type { Services } from '../../catalogue/services.ts';
import { add, duration, exactly, num, sourceOf, spanText, times } from '../span.ts';
import { overLine } from './line.ts';
import { gbOf, GBPS, type Route } from './route.ts';

const DAY = 86_400;

/** An existing one costs nothing more; a new one has to be ordered, and takes weeks. */
export function overDirectConnect(data: Dataset, { transfer }: Services): Route[] {
  const { directConnect, dataSync, utilisation } = transfer;
  const { bytes } = data;
  const gb = gbOf(bytes);
  const sources = [sourceOf(directConnect), sourceOf(dataSync), sourceOf(utilisation)];
  const synced = gb * dataSync.enhancedUsdPerGb + dataSync.enhancedUsdPerRun;
  const syncFormula = `DataSync ${num(gb)} GB × ${dataSync.enhancedUsdPerGb} + ${dataSync.enhancedUsdPerRun}`;
  const lead = times(directConnect.leadDays, DAY);
  if (data.directConnect) {
    const gbps = directConnect.ports[0]?.gbps ?? 1;
    const { seconds, formula } = overLine(bytes, gbps * GBPS, utilisation);
    return [
      {
        open: true,
        name: 'direct-connect',
        what: `The Direct Connect that there is, taken for ${gbps} Gbps, with DataSync`,
        seconds: add(seconds, dataSync.setupSeconds),
        usd: exactly(synced),
        timeFormula: `agent ${spanText(dataSync.setupSeconds)} s + ${formula}`,
        costFormula: `its port is paid already; ${syncFormula}`,
        sources,
      },
    ];
  }
  return directConnect.ports.map(({ gbps, usdPerHour }): Route => {
    const tasks = Math.ceil(gbps / dataSync.gbpsPerTask);
    const { seconds, formula } = overLine(bytes, gbps * GBPS, utilisation);
    const hours = times(seconds, 1 / 3_600);
    return {
      open: true,
      name: `direct-connect-${gbps}`,
      what: `A new Direct Connect of ${gbps} Gbps, with ${tasks} DataSync ${tasks === 1 ? 'task' : 'tasks'}`,
      seconds: add(lead, seconds),
      usd: add(
        times(hours, usdPerHour),
        exactly(gb * dataSync.enhancedUsdPerGb + dataSync.enhancedUsdPerRun * tasks),
      ),
      timeFormula: `ordering ${spanText(directConnect.leadDays)} days (${duration(lead.low)} at least) + ${formula}`,
      costFormula: `port ${spanText(hours)} h × ${usdPerHour}, without the partner's share; ${syncFormula} each task`,
      sources,
    };
  });
}
