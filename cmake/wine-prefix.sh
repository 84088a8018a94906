#!/bin/bash
# Makes $WINEPREFIX ready: created if it is not there, Windows 10, services running.
# What runs in it ends by itself seconds after the last program; nothing kills it, since another run
# may be using it.
set -euo pipefail
: "${WINEPREFIX:?}"
export WINEDEBUG=${WINEDEBUG:--all} WINEDLLOVERRIDES=${WINEDLLOVERRIDES:-mscoree,mshtml=}
exec 8>"$WINEPREFIX.lock"
flock 8 # two runs at a time would make it twice
if [[ ! -f $WINEPREFIX/.ready ]]; then
    wineserver -k 2>/dev/null || true
    rm -rf "$WINEPREFIX"
    mkdir -p "$WINEPREFIX"
    # Output and lock away from it: Wine's own processes live on, and would keep a test's pipe open.
    wineboot -i </dev/null >"$WINEPREFIX/.log" 2>&1 8>&-
    wine winecfg -v win10 </dev/null >>"$WINEPREFIX/.log" 2>&1 8>&-
    touch "$WINEPREFIX/.ready"
else
    wineboot </dev/null >"$WINEPREFIX/.log" 2>&1 8>&-
fi
