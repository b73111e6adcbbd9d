/** What rules ask of one line of an access log. */
export interface LoggedRequest {
  log: 'alb' | 'waf';
  /** In ms since 1970, by the clock of the log. */
  at: number;
  client: string;
  /** 0 where there was none. */
  status: number;
  method: string;
  /** Without the query. */
  path: string;
  /** What WAF made of it; empty for an ALB. */
  action: string;
}
