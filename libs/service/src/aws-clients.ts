/** Where and how AWS is called. `endpoint` is set for the sandbox only. */
export interface AwsSettings {
  endpoint?: string | undefined;
  region: string;
  maxAttempts: number;
}

/** The settings that our services share, out of their parsed environment. */
export function awsSettingsOf(config: {
  AWS_ENDPOINT_URL?: string | undefined;
  AWS_REGION: string;
  AWS_MAX_ATTEMPTS: number;
}): AwsSettings {
  return {
    endpoint: config.AWS_ENDPOINT_URL,
    region: config.AWS_REGION,
    maxAttempts: config.AWS_MAX_ATTEMPTS,
  };
}

interface ClientConfig {
  region: string;
  maxAttempts: number;
  endpoint?: string;
  /** Path-style addressing: an endpoint at an IP address has no per-bucket host names. */
  forcePathStyle: boolean;
  /**
   * Never send to the host inside a queue URL: with a custom endpoint that host
   * may be the real AWS. https://github.com/aws/aws-sdk-js-v3/issues/5470
   */
  useQueueUrlAsEndpoint: boolean;
  /** Without `throwOnRequestTimeout` the SDK only warns, and a call to a host that hangs never ends. */
  requestHandler: { connectionTimeout: number; requestTimeout: number; throwOnRequestTimeout: true };
}

/**
 * Builds any SDK client the same way:
 * `createAwsClient(S3Client, settings)`. Credentials come from the SDK's own chain.
 * `requestTimeoutMs` is for one attempt and must exceed a long poll's 20 s.
 */
export function createAwsClient<C>(
  Client: new (config: ClientConfig) => C,
  settings: AwsSettings,
  options: { requestTimeoutMs?: number } = {},
): C {
  return new Client({
    region: settings.region,
    maxAttempts: settings.maxAttempts,
    ...(settings.endpoint === undefined ? {} : { endpoint: settings.endpoint }),
    forcePathStyle: settings.endpoint !== undefined,
    useQueueUrlAsEndpoint: false,
    requestHandler: {
      connectionTimeout: 3_000,
      requestTimeout: options.requestTimeoutMs ?? 30_000,
      throwOnRequestTimeout: true,
    },
  });
}
