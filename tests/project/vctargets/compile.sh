#!/bin/sh
# compile.sh RESPONSE FILE...: each file, as the response file says; some at a time, as MultiProcessorCompilation has it.
response=$1
shift
printf '%s\0' "$@" | xargs -0 -P "$(nproc)" -n 8 x86_64-w64-mingw32-gcc -std=c17 -fsyntax-only "@$response"
