#!/bin/sh
# Whether awswhitelist can work here: exit code 0 if it is healthy or degraded, 1 if not. What a
# container engine or a monitor runs. Arguments go on to `awswhitelist health`:
#
#     healthcheck.sh [--strict] [ARGUMENT...]
#
# --strict: degraded (overdue rules, say) is a failure too.
# The program is the one beside this script, as installed; else the one on the path.
set -u

DEGRADED=4

tolerated=$DEGRADED
if [ "${1-}" = "--strict" ]; then
    tolerated=0
    shift
fi

program=$(dirname -- "$0")/awswhitelist
[ -x "$program" ] || program=awswhitelist
"$program" health "$@"
code=$?
if [ "$code" -eq 0 ] || [ "$code" -eq "$tolerated" ]; then
    exit 0
fi
exit 1
