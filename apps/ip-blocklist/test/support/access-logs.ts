/** A line as an ALB writes it. https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-access-logs.html */
export function albLine({
  client = '1.2.3.4:50000',
  at = '2026-11-23T10:00:00.123456Z',
  status = 200,
  request = 'GET https://www.example.com:443/login?next=/ HTTP/1.1',
}: { client?: string; at?: string; status?: number; request?: string } = {}): string {
  return `h2 ${at} app/web/0123456789abcdef ${client} 10.0.0.1:80 0.000 0.048 0.000 ${status} ${status} 34 366 "${request}" "Mozilla/5.0 (X11; Linux x86_64) \\"quoted\\"" ECDHE-RSA-AES128-GCM-SHA256 TLSv1.2 arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/web/0123456789abcdef "Root=1-58337327-72bd00b0343d75b906739c42" "www.example.com" "session-reused" 1 ${at} "forward" "-" "-" "10.0.0.1:80" "${status}" "-" "-" TID_0123456789abcdef`;
}

export function wafLine({
  client = '1.2.3.4',
  at = 1_795_428_000_000,
  action = 'BLOCK',
  uri = '/admin',
}: { client?: string; at?: number; action?: string; uri?: string } = {}): string {
  return JSON.stringify({
    timestamp: at,
    formatVersion: 1,
    webaclId: 'arn:aws:wafv2:us-east-1:123456789012:global/webacl/web/0123',
    terminatingRuleId: 'Default_Action',
    action,
    httpSourceName: 'CF',
    httpRequest: { clientIp: client, country: 'DE', uri, args: '', httpMethod: 'GET', headers: [] },
  });
}
