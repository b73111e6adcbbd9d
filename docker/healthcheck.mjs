// HEALTHCHECK of every image: exit 0 when HEALTH_PATH answers 2xx on this container's own port.
const { PORT, HEALTH_PATH = '/healthz' } = process.env;
const answer = await fetch(`http://127.0.0.1:${PORT}${HEALTH_PATH}`, {
  signal: AbortSignal.timeout(2_000),
}).catch(() => undefined);
process.exit(answer?.ok === true ? 0 : 1);
