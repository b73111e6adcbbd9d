import { z } from 'zod';
import { integerSetting, portSetting, setting } from './setting.ts';

/** Settings that every process has. Spread them into a service's own schema. */
export const processSettings = {
  LOG_LEVEL: setting(z.enum(['trace', 'debug', 'info', 'warn', 'error', 'silent']).default('info'), {
    description: 'Least severe log line that is written',
    example: 'info',
  }),
  DRAIN_SECONDS: setting(integerSetting({ min: 1, max: 900 }).default(25), {
    description:
      'Seconds that work in progress gets to finish after SIGTERM; keep it below the stop timeout of what runs the container',
    example: '25',
  }),
};

export function httpSettings(defaultPort: number) {
  return {
    HOST: setting(z.string().default('127.0.0.1'), {
      description: 'Address to listen on',
      example: '127.0.0.1',
    }),
    PORT: setting(portSetting().default(defaultPort), {
      description: 'Port to listen on; 0 takes any free one',
      example: String(defaultPort),
    }),
    TRUSTED_PROXY_HOPS: setting(integerSetting({ min: 0, max: 10 }).default(0), {
      description:
        'Number of proxies in front that append to X-Forwarded-For: 0 for none, 2 for CloudFront and an ALB',
      example: '2',
    }),
  };
}

export const awsSettings = {
  AWS_ENDPOINT_URL: setting(z.url({ protocol: /^https?$/ }).optional(), {
    description: 'One endpoint for all AWS services, for the sandbox; leave it unset on AWS',
    example: 'http://127.0.0.1:4566',
  }),
  AWS_REGION: setting(
    z
      .string()
      .regex(/^[a-z]{2}(-[a-z]+)+-\d$/, 'must be an AWS region')
      .default('us-east-1'),
    {
      description: 'AWS region',
      example: 'eu-central-1',
    },
  ),
  AWS_MAX_ATTEMPTS: setting(integerSetting({ min: 1, max: 10 }).default(4), {
    description: 'Attempts per AWS call, the first included',
    example: '4',
  }),
};
