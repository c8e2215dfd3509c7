#!/usr/bin/env bash
# Writes the report as a comment on the pull request, or over the one that is there. The verdict is
# known by now: whatever goes wrong here is told, and fails nothing.
set -euo pipefail

main() {
  if [ -z "${PULL_REQUEST:-}" ] || [ ! -f "${COMMENT:-}" ]; then
    echo "no pull request, or no report: no comment"
    return
  fi
  local listed id
  listed=repos/$GITHUB_REPOSITORY/issues/$PULL_REQUEST/comments
  id=$(find_comment "$listed") || return 0
  if [ -z "$id" ]; then
    ask --method POST "$listed" --field "body=@$COMMENT" --silent || return 0
  else
    ask --method PATCH "repos/$GITHUB_REPOSITORY/issues/comments/$id" \
      --field "body=@$COMMENT" --silent || return 0
  fi
}

# The first comment of ours that begins with the report's hidden first line. Those of others are
# left alone, whatever they begin with.
find_comment() {
  local marker ids
  read -r marker < "$COMMENT"
  if [[ ! $marker =~ ^'<!-- campaignd:'[a-z0-9._-]+' -->'$ ]]; then
    say warning "no comment on the pull request: the report has no first line to find it by"
    return 1
  fi
  ids=$(ask --paginate "$1?per_page=100" --jq ".[] | select(.user.login == \"github-actions[bot]\"
    and (.body | startswith(\"$marker\"))) | .id") || return 1
  echo "${ids%%$'\n'*}"
}

# Asks GitHub; on trouble tells of it and returns 1.
ask() {
  local trouble=$RUNNER_TEMP/campaignd-comment.err words
  if gh api "$@" 2> "$trouble"; then
    return
  fi
  words=$(tr '\n%' '  ' < "$trouble" | cut -c 1-500)
  case $words in
    *"HTTP 403"*)
      say notice "no comment on the pull request: the job may not write one (pull-requests: write)"
      ;;
    *) say warning "no comment on the pull request: $words" ;;
  esac
  return 1
}

say() {
  echo "::$1 title=campaignd::$2" >&2
}

main
