# Sourced by scripts on an instance: what it knows of itself (IMDSv2), and what it tells its group.
# shellcheck shell=bash

# The name of the variable is the SDKs' own; there is no other endpoint on EC2.
imds_endpoint=${AWS_EC2_METADATA_SERVICE_ENDPOINT:-http://169.254.169.254}

# A quiet curl that waits for an instance that is just starting.
imds_curl() { curl -sS --fail --retry 5 --retry-connrefused --max-time 5 "$@"; }

imds_token() { imds_curl -X PUT -H 'X-aws-ec2-metadata-token-ttl-seconds: 21600' "$imds_endpoint/latest/api/token"; }
imds_get() { imds_curl -H "X-aws-ec2-metadata-token: $1" "$imds_endpoint/latest/meta-data/$2"; }

# imds <path below latest/meta-data>: fails for what is not there. After six hours the token is not good any more.
imds() { imds_get "$first_token" "$1" 2>/dev/null || imds_get "$(imds_token)" "$1"; }

# Whether its group is taking it away. Of an instance outside of any group there is no such metadata.
is_leaving() { [ "$(imds autoscaling/target-lifecycle-state 2>/dev/null || echo InService)" = Terminated ]; }

# finish_launch CONTINUE|ABANDON: the group $GROUP counts it from now on, or gives it up, and starts another one. An
# instance may be quicker than its group, which waits for it only a little later.
finish_launch() {
  local attempt
  for attempt in 1 2 3 4 5 6; do
    aws autoscaling complete-lifecycle-action --auto-scaling-group-name "$GROUP" --lifecycle-hook-name "$HOOK" \
      --instance-id "$(imds instance-id)" --lifecycle-action-result "$1" && return 0
    [ "$attempt" = 6 ] || sleep 10
  done
  return 1
}

first_token=$(imds_token)
AWS_DEFAULT_REGION=$(imds placement/region)
export AWS_DEFAULT_REGION AWS_RETRY_MODE=standard AWS_MAX_ATTEMPTS=10
