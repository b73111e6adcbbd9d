import type { ServiceName } from './parameters.ts';

/** How the load balancer finds a service, as tools/edge does in development. */
export interface Route {
  port: number;
  /** Taken off before the service sees the path. */
  prefix: string;
  /** Passed on as they are. */
  paths: readonly string[];
}

export const ROUTES: Record<ServiceName, Route> = {
  'ip-blocklist': { port: 3001, prefix: '/blocklist', paths: [] },
  thumbnailer: { port: 3002, prefix: '/thumbnailer', paths: ['/images/*', '/derivatives/*'] },
  'cache-api': { port: 3003, prefix: '/cache', paths: [] },
  'hpc-broker': { port: 3004, prefix: '/hpc', paths: [] },
};
