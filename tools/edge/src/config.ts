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
  EDGE_SANDBOX_URL: setting(z.url({ protocol: /^http$/ }).optional(), {
    description:
      'AWS sandbox whose web ACL, geo restriction and network ACL are enforced; without it no address is refused',
    example: 'http://127.0.0.1:4566',
  }),
  EDGE_WEB_ACL: setting(z.string().default('groundwork'), {
    description: 'Name of the web ACL: of CloudFront, or of the region where the ALB has it',
    example: 'groundwork',
  }),
  EDGE_DISTRIBUTION: setting(z.string().default('groundwork.example.com'), {
    description: 'Alias or id of the distribution whose geo restriction is enforced, behind CloudFront',
    example: 'groundwork.example.com',
  }),
  EDGE_NETWORK_ACL: setting(z.string().default('groundwork-public'), {
    description: 'Name tag or id of the network ACL that is enforced, in every topology without CloudFront',
    example: 'groundwork-public',
  }),
  EDGE_GEO_FILE: setting(z.string().optional(), {
    description: 'CSV with lines of network,country; without it no address has a country',
    example: 'tools/dev/geo.csv',
  }),
  AWS_REGION: setting(z.string().default('us-east-1'), {
    description: 'Region of the web ACL and the network ACL, in every topology without CloudFront',
    example: 'eu-central-1',
  }),
  EDGE_CACHE_BYTES: setting(integerSetting({ min: 0, max: 4_000_000_000 }).default(128 * 1024 * 1024), {
    description: 'Most memory that cached bodies may take, in bytes',
    example: '134217728',
  }),
  UPSTREAM_IP_BLOCKLIST: upstream('Instances of ip-blocklist, comma-separated', 'http://127.0.0.1:3001'),
  UPSTREAM_THUMBNAILER: upstream('Instances of the thumbnailer, comma-separated', 'http://127.0.0.1:3002'),
  UPSTREAM_HPC_BROKER: upstream('Instances of the hpc-broker, comma-separated', 'http://127.0.0.1:3004'),
  UPSTREAM_CACHE_API: upstream('Instances of cache-api, comma-separated', 'http://127.0.0.1:3003'),
});
