import { Writable } from 'node:stream';
import { Router, type Express } from 'express';
import { pino } from 'pino';
import { createApp, createRegistry, type AppOptions, type Logger } from '../../src/index.ts';

/** A logger and what it has written, line by line and as one text. */
export function recordingLogger(): {
  logger: Logger;
  lines: () => Record<string, unknown>[];
  text: () => string;
} {
  let written = '';
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      written += chunk.toString();
      done();
    },
  });
  return {
    logger: pino({ level: 'trace', serializers: { error: pino.stdSerializers.err } }, stream),
    text: () => written,
    lines: () =>
      written
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as Record<string, unknown>),
  };
}

/** A service without a purpose, with everything around it. */
export function testApp(given: Partial<AppOptions> & { define?: (routes: Router) => void } = {}): {
  app: Express;
  logged: ReturnType<typeof recordingLogger>;
} {
  const { define, ...options } = given;
  const logged = recordingLogger();
  const routes = Router();
  define?.(routes);
  const app = createApp({
    logger: logged.logger,
    registry: createRegistry('test'),
    openapi: { info: { title: 'Test service' } },
    readiness: {},
    authenticate: () => undefined,
    trustedProxyHops: 0,
    routes,
    ...options,
  });
  return { app, logged };
}
