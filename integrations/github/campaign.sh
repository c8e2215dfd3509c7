#!/usr/bin/env bash
# Runs a campaign, or has a service run it, and exits with its verdict.
set -euo pipefail

campaignd=$RUNNER_TEMP/campaignd/bin/campaignd
output=()

main() {
  add_pairs --input "$INPUTS"
  add_pairs --label "$LABELS"
  case $MODE in
    run) run ;;
    trigger) trigger ;;
    *) refuse "mode must be 'run' or 'trigger', not '$MODE'" ;;
  esac
}

run() {
  choose_output
  case $SANDBOX in
    "" | false) ;;
    true) output+=(--sandbox) ;;
    *) output+=(--sandbox "$SANDBOX") ;;
  esac
  exec "$campaignd" run "${output[@]}" ${pairs[@]+"${pairs[@]}"} -- "$CAMPAIGN"
}

# The service goes on when the one who waits is gone: a cancelled job ends the execution itself.
trigger() {
  choose_output
  if [ -n "$REPLACE_GROUP" ]; then
    pairs+=(--replace-group "$REPLACE_GROUP")
  fi
  trap stop INT TERM
  execution=""
  waiting=""
  "$campaignd" trigger ${pairs[@]+"${pairs[@]}"} -- "$CAMPAIGN" > "$REPORTS/execution.txt" &
  await
  execution=$(cat "$REPORTS/execution.txt")
  echo "execution $execution"
  "$campaignd" wait "${output[@]}" -- "$execution" &
  await
}

# Waits for the last command; its status is ours unless it is 0.
await() {
  waiting=$!
  wait "$waiting"
}

stop() {
  trap '' INT TERM
  # An order that is on its way is waited for: only then is known what to end.
  if [ -n "$execution" ]; then
    kill -TERM "$waiting" 2> /dev/null || true
  fi
  wait "$waiting" || true
  execution=$(cat "$REPORTS/execution.txt")
  if [ -n "$execution" ]; then
    cancel
  fi
  exit 130
}

cancel() {
  echo "ending execution $execution on the service"
  # The token comes by standard input: arguments are there for all to see.
  printf 'header = "Authorization: Bearer %s"\n' "$CAMPAIGND_TOKEN" |
    curl --config - --silent --show-error --fail --max-time 5 --output /dev/null \
      --request POST "${CAMPAIGND_URL%/}/api/v1/executions/$execution/cancel" || true
}

choose_output() {
  mkdir -p "$REPORTS"
  output=(--junit "$REPORTS/junit.xml" --markdown "$REPORTS/report.md" --html "$REPORTS/report.html")
  case $INCONCLUSIVE in
    fail) ;;
    pass | neutral) output+=(--inconclusive pass) ;;
    *) refuse "inconclusive must be 'fail', 'neutral' or 'pass', not '$INCONCLUSIVE'" ;;
  esac
}

# Adds an option for each line that is not empty: add_pairs OPTION LINES
add_pairs() {
  local line
  while read -r line; do
    if [ -n "$line" ]; then
      pairs+=("$1" "$line")
    fi
  done <<< "$2"
}

refuse() {
  echo "::error title=campaignd::$1"
  exit 2
}

pairs=()
main
