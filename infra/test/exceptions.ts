/**
 * Findings that stay, and why. Those of one construct are acknowledged where it is made; here are those of wildcards in
 * policies, whose names end in what is only known once everything is put together.
 */
export interface Exception {
  rule: RegExp;
  path: RegExp;
  why: string;
}

export const EXCEPTIONS: Exception[] = [
  {
    rule: /^AwsSolutions-IAM5\[Resource::arn:aws:ecs:.*:task\/groundwork-\w+-services\/\*\]$/,
    path: /\/thumbnailer\/task\/TaskRole\/|-worker\/role\//,
    why: 'a task protects itself, whose number is made when it starts',
  },
  {
    rule: /^AwsSolutions-IAM4\[.*AWSLambdaBasicExecutionRole\]$/,
    path: /\/(LogRetention\w+|AWS679f53fac002430cb0da5b7982bd2287)\/ServiceRole\//,
    why: "the CDK's own helpers, which write their logs",
  },
  {
    rule: /^AwsSolutions-IAM5\[Resource::\*\]$/,
    path: /\/LogRetention\w+\/ServiceRole\//,
    why: "the CDK's own helper: it sets how long logs are kept, of groups that RDS makes",
  },
  {
    rule: /^AwsSolutions-IAM5\[Resource::<\w+function\w+\.Arn>:\*\]$/,
    path: /\/provider\/framework-onEvent\//,
    why: "the CDK's provider calls one function, in any version of it",
  },
  {
    rule: /^AwsSolutions-IAM5\[Resource::\*\]$/,
    path: /\/task\/ExecutionRole\//,
    why: 'ecr:GetAuthorizationToken is of the account: it has no resource',
  },
  {
    rule: /^AwsSolutions-IAM5\[Resource::\*\]$/,
    path: /\/ip-blocklist\/task\/TaskRole\//,
    why: 'lists and descriptions, of WAF, CloudFront and EC2, have no resource',
  },
  {
    rule: /^AwsSolutions-IAM5\[Resource::arn:aws:wafv2:.*groundwork-\w+-(blocklist|edge).*\]$/,
    path: /\/(ip-blocklist\/task\/TaskRole|firewall\/.*role)\//,
    why: "WAF's ARNs end in an id that is made with what they name; the names before it are this stage's",
  },
  {
    rule: /^AwsSolutions-IAM5\[Resource::.*(config|logs|uploads|thumbnails).*Arn.*\/\*\]$/,
    path: /\/task\/TaskRole\/|-worker\/role\//,
    why: 'objects of a bucket, which are called as whoever puts them there likes',
  },
  {
    rule: /^AwsSolutions-IAM5\[Resource::(\*|arn:aws:batch:.*:job-definition\/groundwork-\*|arn:aws:batch:.*:job\/\*|arn:aws:logs:.*:log-group:\/aws\/batch\/job:log-stream:\*|.*execution\/\*)\]$/,
    path: /\/hpc-broker\/task\/TaskRole\//,
    why: 'Batch describes and lists only all jobs; definitions, jobs and log streams are named as they are made (constructs/broker-permissions.ts)',
  },
  {
    rule: /^AwsSolutions-EC23$/,
    path: /\/network\/vpc\/[\w-]+\/SecurityGroup\//,
    why: 'the rule cannot read the range of the VPC, which is where endpoints are reached from',
  },
];
