#!/bin/bash
# run.sh [SECONDS] [--keep]: runs each fuzz target (built by the preset `fuzz`) for that long, one a
# core, and prints a line for each. Ends non-zero when a target found something; what it found is
# in build/fuzz/findings. The corpus grows in build/fuzz/corpus; --keep adds what reaches new code
# to tests/fuzz/seeds, as long as it stays small.
set -euo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../.."

seconds=60
keep=false
for argument; do
    case $argument in
    --keep) keep=true ;;
    *[!0-9]* | '')
        echo "usage: run.sh [SECONDS] [--keep]" >&2
        exit 2
        ;;
    *) seconds=$argument ;;
    esac
done

build=build/fuzz
seeds=tests/fuzz/seeds
kept_files=300 # of a target, and
kept_bytes=4096 # of a file: a corpus that is read, not stored
mkdir -p "$build"/{corpus,findings,log}
export ASAN_OPTIONS=detect_leaks=1 UBSAN_OPTIONS=print_stacktrace=1

# What a log's final statistics say of a name.
stat_of() {
    sed -n "s/^stat::$1: *//p" "$2"
}

fuzz() {
    local name=$1 log=$build/log/$1.log status=0 options=()
    [[ ! -f tests/fuzz/$name.dict ]] || options+=("-dict=tests/fuzz/$name.dict")
    mkdir -p "$build/corpus/$name"
    "$build/bin/fuzz_$name" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=1024 \
        -print_final_stats=1 -artifact_prefix="$build/findings/$name-" "${options[@]}" \
        "$build/corpus/$name" "$seeds/$name" >"$log" 2>&1 || status=$?
    printf '%-10s %12s runs %10s exec/s %6s inputs  %s\n' "$name" \
        "$(stat_of number_of_executed_units "$log")" "$(stat_of average_exec_per_sec "$log")" \
        "$(find "$build/corpus/$name" "$seeds/$name" -type f | wc -l)" \
        "$( ((status == 0)) && echo "nothing found" || echo "FOUND: $log")"
    return "$status"
}

# Copies to the seeds what adds coverage to it, smallest first, within the bounds.
keep() {
    local name=$1 fresh=$build/fresh/$1 file
    rm -rf "$fresh"
    mkdir -p "$fresh"
    cp "$seeds/$name"/* "$fresh"
    "$build/bin/fuzz_$name" -set_cover_merge=1 -max_len="$kept_bytes" "$fresh" "$build/corpus/$name" \
        >>"$build/log/$name.log" 2>&1
    while read -r file; do
        (($(find "$seeds/$name" -type f | wc -l) < kept_files)) || break
        cp -n "$file" "$seeds/$name/"
    done < <(find "$fresh" -type f -size "-${kept_bytes}c" -printf '%s %p\n' | sort -n | cut -d' ' -f2-)
}

failed=0
running=0
for program in "$build"/bin/fuzz_*; do
    if ((running == $(nproc))); then
        wait -n || failed=1
        running=$((running - 1))
    fi
    fuzz "${program##*/fuzz_}" &
    running=$((running + 1))
done
while ((running > 0)); do
    wait -n || failed=1
    running=$((running - 1))
done

if $keep; then
    for program in "$build"/bin/fuzz_*; do
        keep "${program##*/fuzz_}"
    done
fi
if ((failed)); then
    echo "findings:"
    grep -hE 'does not hold|ERROR: |runtime error' "$build"/log/*.log | sort -u
fi
exit "$failed"
