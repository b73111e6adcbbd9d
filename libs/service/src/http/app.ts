import express, { type Express, type NextFunction, type Request, type Response, type Router } from 'express';
import { authenticateWith, type Authenticate } from '../auth/principal.ts';
import type { Logger } from '../logger.ts';
import { docsRoutes } from './docs.ts';
import { healthRoutes, type ReadinessCheck } from './health.ts';
import { measureRequests, metricsRoute, type Registry } from './metrics.ts';
import {
  commonProblems,
  ProblemError,
  renderProblem,
  toProblemError,
  type ProblemTable,
} from './problems.ts';
import { requestContext } from './request-context.ts';

export interface AppOptions {
  logger: Logger;
  registry: Registry;
  openapi: { info: { title: string } };
  readiness: Readonly<Record<string, ReadinessCheck>>;
  authenticate: Authenticate;
  /** The service's own rows of the problem table. */
  problems?: ProblemTable;
  trustedProxyHops: number;
  /** Largest JSON body, in bytes. */
  jsonLimitBytes?: number;
  /** Routes that read the body themselves, whatever its type. */
  rawRoutes?: Router;
  routes: Router;
}

const DEFAULT_JSON_LIMIT_BYTES = 1_048_576;

/** What every service has around its own routes, in the order a request meets it. */
export function createApp(options: AppOptions): Express {
  const table: ProblemTable = { ...commonProblems, ...options.problems };
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag'); // routes set strong ones themselves
  app.set('trust proxy', options.trustedProxyHops);
  app.use(requestContext(options.logger));
  app.use((_req, res, next) => {
    res.setHeader('x-content-type-options', 'nosniff');
    next();
  });
  app.use(measureRequests(options.registry));
  app.use(healthRoutes(options.readiness));
  app.use(authenticateWith(options.authenticate));
  app.use(metricsRoute(options.registry));
  app.use(docsRoutes(options.openapi));
  if (options.rawRoutes !== undefined) app.use(options.rawRoutes);
  app.use(express.json({ limit: options.jsonLimitBytes ?? DEFAULT_JSON_LIMIT_BYTES }));
  app.use(options.routes);
  app.use((req: Request) => {
    throw new ProblemError('not_found', `${req.method} ${req.path} does not exist; see docs for what does.`);
  });
  app.use((error: unknown, req: Request, res: Response, next: NextFunction) => {
    if (res.headersSent) {
      // The answer has begun: the only honest thing left is to cut it off.
      req.log.warn({ error }, 'failed after the answer had begun');
      res.destroy();
      return;
    }
    // What was said about the answer that failed does not hold for this one.
    for (const name of ['etag', 'last-modified', 'accept-ranges', 'content-range', 'content-length'])
      res.removeHeader(name);
    const problem = toProblemError(error);
    const { status, headers, body } = renderProblem(problem, table, { path: req.path, requestId: req.id });
    if (status >= 500) req.log.error({ error: problem.cause ?? error }, problem.code);
    res.status(status).set(headers).send(JSON.stringify(body));
    void next;
  });
  return app;
}
