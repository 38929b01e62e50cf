#!/bin/sh
# Runs a person's script on an instance as root, and tells the parameter of the command how it ended.
# docs/commands.md has the whole story.
set -u
# <settings>
: "${script=}" "${seconds=600}" "${reporter=}" "${region=}" "${domain=}" "${log_group=}" "${command=}"
# Systems Manager puts them in, and takes no others than its patterns allow.
run='{{ run }}' report='{{ report }}'

work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
printf '%s' "$script" >"$work/script"
printf '%s' "$reporter" >"$work/reporter"
# Named here, not started as a program: many hardened images mount their temporary folder with noexec.
interpreter=$(sed -n '1s/^#! *//p' "$work/script")

began=$(date +%s)
# Into a file, since a daemon that the script leaves behind would keep a pipe open.
# shellcheck disable=SC2086 # "/usr/bin/env python3" is two words
timeout --kill-after=10 "$seconds" ${interpreter:-/bin/sh} "$work/script" >"$work/output" 2>&1 </dev/null
code=$?
cat "$work/output"

ended=$code
# 124 is what timeout ends with, and 137 where it had to kill; a script may end with either by itself.
case $code in
    124 | 137) [ $(($(date +%s) - began)) -lt "$seconds" ] || ended=none ;;
esac
if ! command -v python3 >/dev/null; then
    echo 'ssm-only: there is no python3 here, so nobody is told how the script ended.'
    exit 1
fi
python3 "$work/reporter" "$work/output" "$ended" "$run" "$report" "$region" "$domain" "$log_group" "$command" || exit 1
exit "$code"
