# One Dockerfile for every process of this repository:
#   docker build -f docker/service.Dockerfile --build-arg APP=apps/thumbnailer --build-arg PORT=3002 .

# Only what decides which packages are installed, so that a change of source does not install again.
FROM node:24-bookworm-slim AS manifests
WORKDIR /repo
COPY . .
RUN find . -type f ! -name package.json ! -name package-lock.json ! -name .npmrc -delete

FROM node:24-bookworm-slim AS build
ARG APP
WORKDIR /repo
COPY --from=manifests /repo ./
# Install scripts are for development only (a database, Node itself).
RUN --mount=type=cache,target=/root/.npm npm ci --ignore-scripts
COPY . .
RUN cd "$APP" && node ../../tools/bundle/src/main.ts
RUN node docker/rds-authorities.mjs >/rds-authorities.pem

FROM node:24-bookworm-slim
ARG APP
ARG PORT
LABEL org.opencontainers.image.title="groundwork $APP" org.opencontainers.image.licenses="Apache-2.0"
# Sixteen threads for what Node hands to libuv: image work must not hold up name lookups.
# Two arenas: glibc's default of eight per core lets image work grow the heap for good.
# Two halves of 8 MiB for V8's young generation: by itself it grows to 128 MiB where the machine has much memory.
ENV NODE_ENV=production HOST=0.0.0.0 PORT=$PORT MALLOC_ARENA_MAX=2 MALLOC_MMAP_THRESHOLD_=131072 UV_THREADPOOL_SIZE=16 \
    NODE_OPTIONS=--max-semi-space-size=8
# For DATABASE_URL with sslmode=verify-full on Aurora and RDS.
ENV NODE_EXTRA_CA_CERTS=/app/rds-authorities.pem
WORKDIR /app
COPY docker/healthcheck.mjs ./
COPY --from=build /rds-authorities.pem ./
COPY --from=build /repo/$APP/dist ./
RUN mkdir /state && chown node:node /state
# Where the root is read-only and this is a volume of Fargate, it is as it is here: anybody may write.
VOLUME /tmp
USER node
EXPOSE $PORT
HEALTHCHECK --interval=2s --timeout=3s --start-period=20s --retries=5 CMD ["node", "healthcheck.mjs"]
# SIGTERM drains. Run with an init process (`init: true`, `initProcessEnabled`): node should not be PID 1.
CMD ["node", "--disable-warning=ExperimentalWarning", "--enable-source-maps", "main.js"]
