# A service's Lambda functions, all in one image (the function's command says which): `cdk deploy` builds it.
#   docker build -f docker/lambda.Dockerfile --build-arg APP=apps/thumbnailer .

FROM node:24-bookworm-slim AS manifests
WORKDIR /repo
COPY . .
RUN find . -type f ! -name package.json ! -name package-lock.json ! -name .npmrc -delete

FROM node:24-bookworm-slim AS build
ARG APP
WORKDIR /repo
COPY --from=manifests /repo ./
RUN --mount=type=cache,target=/root/.npm npm ci --ignore-scripts
COPY . .
RUN cd "$APP" && node ../../tools/bundle/src/main.ts

FROM public.ecr.aws/lambda/nodejs:24
ARG APP
# As in service.Dockerfile: glibc's arenas let image work grow the heap for good.
ENV NODE_ENV=production MALLOC_ARENA_MAX=2 MALLOC_MMAP_THRESHOLD_=131072
COPY --from=build /repo/$APP/dist ${LAMBDA_TASK_ROOT}/
CMD ["lambda.uploads"]
