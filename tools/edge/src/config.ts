import { httpSettings, integerSetting, listSetting, processSettings, setting } from '@groundwork/service';
import { z } from 'zod';
import { TOPOLOGIES } from './gates.ts';

const http = httpSettings(8080);
const upstream = (description: string, url: string) =>
  setting(
    listSetting()
      .pipe(z.array(z.url({ protocol: /^http$/ })).min(1))
      .default([url]),
    { description, example: url },
  );

export const Config = z.object({
  ...processSettings,
  HOST: http.HOST,
  PORT: http.PORT,
  EDGE_TOPOLOGY: setting(z.enum(TOPOLOGIES).default('cloudfront-waf-alb'), {
    description: 'What stands between clients and services',
    example: 'alb-waf',
  }),
  EDGE_CACHE_BYTES: setting(integerSetting({ min: 0, max: 4_000_000_000 }).default(128 * 1024 * 1024), {
    description: 'Most memory that cached bodies may take, in bytes',
    example: '134217728',
  }),
  UPSTREAM_THUMBNAILER: upstream('Instances of the thumbnailer, comma-separated', 'http://127.0.0.1:3002'),
});
