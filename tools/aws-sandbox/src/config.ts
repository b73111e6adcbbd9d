import { httpSettings, listSetting, processSettings, setting } from '@groundwork/service';
import { z } from 'zod';

const http = httpSettings(4566);

export const Config = z.object({
  ...processSettings,
  HOST: http.HOST,
  PORT: http.PORT,
  SANDBOX_STATE_DIR: setting(z.string().default('.groundwork/aws-sandbox'), {
    description: 'Folder that holds all buckets, queues and topics',
    example: '.groundwork/aws-sandbox',
  }),
  SANDBOX_ALLOWED_HOSTS: setting(listSetting().default([]), {
    description: 'Host names served besides the loopback ones, comma-separated',
    example: 'sandbox',
  }),
  BATCH_RUN: setting(z.enum(['nothing', 'processes']).default('nothing'), {
    description:
      'What becomes of the commands of Batch jobs: nothing, or processes of this machine, with all the rights of the sandbox',
    example: 'processes',
  }),
  SANDBOX_RESOURCES: setting(z.string().optional(), {
    description:
      'YAML file with what to create at start: queues, topics, buckets, rules, web ACLs, distributions, VPCs, Elastic IPs',
    example: 'tools/dev/aws-resources.yaml',
  }),
});
