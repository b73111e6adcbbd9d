export type Service = 'thumbnailer' | 'ip-blocklist' | 'cache-api' | 'hpc-broker';

/** One behaviour of the distribution together with the ALB rule behind it. */
export interface Route {
  prefix: string;
  service: Service;
  /** Taken off before the service sees the path, like the ALB's url-rewrite transform. */
  strip: boolean;
  /** Whether the distribution caches what the service allows to be cached. */
  cached: boolean;
}

/** First match wins. */
export const ROUTES: readonly Route[] = [
  { prefix: '/images/', service: 'thumbnailer', strip: false, cached: true },
  { prefix: '/derivatives/', service: 'thumbnailer', strip: false, cached: true },
  { prefix: '/blocklist/', service: 'ip-blocklist', strip: true, cached: false },
  { prefix: '/thumbnailer/', service: 'thumbnailer', strip: true, cached: false },
  { prefix: '/hpc/', service: 'hpc-broker', strip: true, cached: false },
  { prefix: '/cache/', service: 'cache-api', strip: true, cached: false },
];

export function routeOf(path: string): Route | undefined {
  return ROUTES.find((route) => path.startsWith(route.prefix));
}

/** The path as the service is asked for it. */
export function upstreamPath(route: Route, url: string): string {
  return route.strip ? url.slice(route.prefix.length - 1) : url;
}
