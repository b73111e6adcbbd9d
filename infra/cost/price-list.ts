import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { z } from 'zod';

const PriceList = z.strictObject({
  date: z.string(),
  natGatewayHour: z.number(),
  publicAddressHour: z.number(),
  interfaceEndpointZoneHour: z.number(),
  loadBalancerHour: z.number(),
  fargateArmVcpuHour: z.number(),
  fargateArmGbHour: z.number(),
  auroraAcuHour: z.number(),
  valkeyServerlessGbHour: z.number(),
  valkeyServerlessLeastGb: z.number(),
  cacheNodeHour: z.record(z.string(), z.number()),
  webAcl: z.number(),
  webAclRule: z.number(),
  alarmMetric: z.number(),
  dashboard: z.number(),
  secret: z.number(),
  key: z.number(),
  lustreGb: z.record(z.string(), z.number()),
  instanceHour: z.record(z.string(), z.number()),
  gp3GbMonth: z.number(),
  used: z.record(z.string(), z.string()),
});
export type PriceList = z.output<typeof PriceList>;

export const readPrices = (): PriceList =>
  PriceList.parse(parse(readFileSync(new URL('prices.yaml', import.meta.url), 'utf8')));
