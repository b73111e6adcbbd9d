import { HOST, type Config } from './config.ts';

/** What runs where, and what to try. Every command works as printed. */
export function board(config: Config, seconds: number): string {
  const at = (port: number) => `http://${HOST}:${port}`;
  const edge = at(config.EDGE_PORT);
  const sandbox = at(config.SANDBOX_PORT);
  return `
  Groundwork is ready after ${seconds.toFixed(1)} s. Ctrl-C stops it; npm run reset forgets everything.

    edge          ${edge}   stands where CloudFront and the ALB stand in AWS; ${edge}/healthz
    ip-blocklist  ${at(config.IP_BLOCKLIST_PORT)}   ${edge}/blocklist/docs
    thumbnailer   ${at(config.THUMBNAILER_PORT)}   ${edge}/thumbnailer/docs
    cache-api     ${at(config.CACHE_API_PORT)}   ${edge}/cache/docs
    hpc-broker    ${at(config.HPC_BROKER_PORT)}   ${edge}/hpc/docs
    AWS sandbox   ${sandbox}   S3, SQS, SNS, EventBridge for curl, the AWS CLI and every SDK
    Postgres      postgres://postgres:postgres@${HOST}:${config.POSTGRES_PORT}/postgres

  An address is blocked for twenty seconds, and why (127.0.0.9 is you as well, as another client):

    curl -H 'content-type: application/json' -d '{"cidr":"127.0.0.9/32","action":"block","reason":"test","ttlSeconds":20}' ${edge}/blocklist/v1/entries
    sleep 1; curl --interface 127.0.0.9 ${edge}/healthz
    curl ${edge}/blocklist/v1/explain/127.0.0.9

  A photo becomes thumbnails:

    curl -T tools/dev/photo.jpg ${sandbox}/uploads/photo.jpg
    curl -H 'accept: image/webp' -H 'prefer: wait=10' -o small.webp '${edge}/images/photo.jpg?preset=small'
    curl ${edge}/thumbnailer/v1/manifests/uploads/photo.jpg

  A row of the database is cached, and Cache-Status says how; a change by anybody is seen at once:

    curl -i ${edge}/cache/v1/resources/products/1
    curl -i ${edge}/cache/v1/resources/products/1
    npm run sql -- cache "UPDATE products SET price = price + 1 WHERE id = 1"
    curl -i ${edge}/cache/v1/resources/products/1
    curl ${edge}/cache/v1/status

  A job runs as a process of this machine; its output is told while it runs, and then why it ran as it did:

    curl -H 'content-type: application/json' -d '{"name":"hello","shell":"for i in 1 2 3; do echo $i; sleep 1; done"}' ${edge}/hpc/v1/jobs
    curl -N -H 'accept: text/event-stream' ${edge}/hpc/v1/jobs/hello/logs
    curl ${edge}/hpc/v1/jobs/hello/explain

`;
}
