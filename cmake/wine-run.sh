#!/bin/bash
# wine-run.sh PROGRAM [ARGUMENT…]: Wine, once more where it ended before the program had begun, since
# the kernel had laid something on the page that Windows shares with each process: in some thousands
# of programs once.
said=$(mktemp)
trap 'rm -f "$said"' EXIT
for _ in 1 2 3; do
    wine "$@" 2>"$said"
    code=$?
    ((code != 0)) && grep -q "failed to map the shared user data" "$said" || break
done
cat "$said" >&2
exit "$code"
