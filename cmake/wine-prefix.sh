#!/bin/bash
# Makes $WINEPREFIX ready: created if it is not there, Windows 10, services running. --end stops what runs.
set -euo pipefail
: "${WINEPREFIX:?}"
export WINEDEBUG=${WINEDEBUG:--all} WINEDLLOVERRIDES=${WINEDLLOVERRIDES:-mscoree,mshtml=}
if [[ ${1:-} == --end ]]; then
    wineserver -k || true # it ends by itself when nothing uses it
    exit 0
fi
if [[ ! -f $WINEPREFIX/.ready ]]; then
    wineserver -k 2>/dev/null || true
    rm -rf "$WINEPREFIX"
    mkdir -p "$WINEPREFIX"
    # Output away from ours: Wine's own processes live on, and would keep a test's pipe open.
    wineboot -i </dev/null >"$WINEPREFIX/.log" 2>&1
    wine winecfg -v win10 </dev/null >>"$WINEPREFIX/.log" 2>&1
    touch "$WINEPREFIX/.ready"
else
    wineboot </dev/null >"$WINEPREFIX/.log" 2>&1
fi
