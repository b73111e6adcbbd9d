import type { Dataset } from '@groundwork/contracts';
import type { Services } from '../../catalogue/services.ts';
import { add, exactly, num, type Span } from '../span.ts';
import { overDirectConnect } from './direct-connect.ts';
import { overTheInternet } from './internet.ts';
import { gbOf, type OpenRoute, type Route } from './route.ts';
import { noLongerSold } from './shipping.ts';

/** Of multipart uploads, so that large files are more than one request. */
const PART_BYTES = 64 * 1_048_576;

/** Every way from on premises to S3, for people to see, whether or not it is open. */
export function routesFor(data: Dataset, services: Services): Route[] {
  const landed = landing(data, services);
  return [
    ...overTheInternet(data, services),
    ...overDirectConnect(data, services),
    ...noLongerSold(data, services.transfer),
  ].map((route) => (route.open ? withLanding(route, landed) : route));
}

interface Landing {
  usd: Span;
  formula: string;
}

/** S3 for a month, as nobody says when it may go; and the requests. */
function landing({ bytes, files }: Dataset, { s3 }: Services): Landing {
  const gb = gbOf(bytes);
  const puts = Math.max(files, Math.ceil(bytes / PART_BYTES));
  const cost = gb * s3.usdPerGbMonth + (puts / 1_000) * s3.usdPerThousandPuts;
  return {
    usd: exactly(cost),
    formula: `S3 for a month ${num(gb)} GB × ${s3.usdPerGbMonth} + ${num(puts)} PUTs × ${s3.usdPerThousandPuts}/1,000`,
  };
}

function withLanding(route: OpenRoute, landed: Landing): OpenRoute {
  return {
    ...route,
    usd: add(route.usd, landed.usd),
    costFormula: `${route.costFormula} + ${landed.formula}`,
  };
}
