#!/bin/bash
# Adds zlib (static, x86_64-w64-mingw32) to what deps.sh has built in build/deps/windows, once, from
# the Debian source package, as deps.sh does it and with its own functions. Apart from it, so that a
# checkout that has the others need not build them anew.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
deps=$(dirname "$here")/build/deps
recipe=$(cat "${BASH_SOURCE[0]}" <(x86_64-w64-mingw32-gcc --version) | sha256sum | cut -d' ' -f1)

exec 9>"$deps/.lock"
flock 9
if [[ -f $deps/stamp-zlib && $(<"$deps/stamp-zlib") == "$recipe" && -f $deps/windows/lib/libz.a ]]; then
    exit 0
fi

work=$(mktemp -d "$deps/work.XXXXXX")
trap 'rm -rf "$work"' EXIT
mkdir -p "$work"/{apt/sources,apt/lists/partial,apt/cache/archives/partial} "$deps"/{sources,log}

# private_apt, derive_sources, keep_debian, fetch_package
eval "$(sed -n '/^# private_apt PROGRAM/,/^fetch() {/p' "$here/deps.sh" | sed '$d')"

build() {
    derive_sources
    private_apt apt-get update || true
    keep_debian
    cd "$deps/sources"
    fetch_package zlib
    local version
    version=$(sed -n 's/^zlib //p' "$work/versions")
    dpkg-source --no-check -x "zlib_${version#*:}.dsc" "$work/zlib"
    cd "$work/zlib"
    # What unpacks, and for the tests what packs; nothing that opens files.
    local names=(adler32 crc32 deflate inffast inflate inftrees trees zutil) name
    for name in "${names[@]}"; do
        x86_64-w64-mingw32-gcc -O2 -fstack-protector-strong -D_WIN32_WINNT=0x0A00 \
            -ffile-prefix-map="$work/zlib=zlib" -c "$name.c" -o "$name.o"
    done
    x86_64-w64-mingw32-ar rcs libz.a "${names[@]/%/.o}"
    cp zlib.h zconf.h "$deps/windows/include/"
    mv libz.a "$deps/windows/lib/"
    sed -i '/^zlib /d' "$deps/versions"
    cat "$work/versions" >>"$deps/versions"
}

start=$SECONDS
printf 'deps: zlib ... '
if ! (set -e; build) >"$deps/log/zlib.log" 2>&1; then
    echo "failed"
    tail -n 40 "$deps/log/zlib.log"
    exit 1
fi
echo "$recipe" >"$deps/stamp-zlib"
echo "$((SECONDS - start)) s"
