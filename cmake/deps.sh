#!/bin/bash
# Builds the third-party libraries for Windows (static, x86_64-w64-mingw32) into build/deps/windows,
# once: MariaDB Connector/C, cJSON, SQLite and cmocka.
#
# The sources are the Debian source packages of this machine's own release, fetched by apt with its
# signature check. No host and no version is named here: the deb-src entries are derived from the
# machine's own apt configuration, and an archive keeps only a release's current version anyway.
# The versions taken are recorded in build/deps/versions and shown by `HipBridge.exe --version`.
#
# Everything is made in a temporary directory and renamed into place at the end; a stamp, written
# last, holds a hash of the recipe. So a run that was stopped leaves nothing the next one trusts.
set -euo pipefail

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
toolchain=$top/cmake/mingw-gcc.cmake
patches=("$top"/cmake/connector-c-{handshake,certificate,addresses,chain,names}.patch)
deps=$top/build/deps
log=$deps/log
packages=(mariadb cjson sqlite3 cmocka)

mkdir -p "$log"
exec 9>"$deps/.lock"
flock 9 # two runs at a time would build the same thing

recipe=$(cat "${BASH_SOURCE[0]}" "$toolchain" "${patches[@]}" <(x86_64-w64-mingw32-gcc --version) | sha256sum | cut -d' ' -f1)
if [[ -f $deps/stamp && $(<"$deps/stamp") == "$recipe" && -d $deps/windows ]]; then
    exit 0
fi

rm -rf "$deps"/work.*
work=$(mktemp -d "$deps/work.XXXXXX")
trap 'rm -rf "$work"' EXIT
mkdir -p "$work"/{apt/sources,apt/lists/partial,apt/cache/archives/partial,src} "$deps/sources"
prefix=$work/prefix

# step NAME COMMAND...: one line on the terminal, the output in the log, its tail if it failed.
step() {
    local name=$1 start=$SECONDS
    shift
    printf 'deps: %s ... ' "$name"
    # In a subshell of its own and not as a condition, so that errexit holds inside the command.
    set +e
    (set -e; "$@") >"$log/${name// /-}.log" 2>&1
    local status=$?
    set -e
    if ((status != 0)); then
        echo "failed"
        tail -n 40 "$log/${name// /-}.log"
        echo "deps: the whole log is $log/${name// /-}.log"
        exit 1
    fi
    echo "$((SECONDS - start)) s"
}

# private_apt PROGRAM ARGUMENTS...: apt-get or apt-cache on the derived source entries.
private_apt() {
    local program=$1
    shift
    # Own source entries and lists; verification and keys stay the machine's. The installed packages
    # are hidden, so that apt picks by what the archive has. APT::Sandbox::User: _apt could not
    # write into a checkout that is private to its owner.
    "$program" -o Dir::Etc::sourcelist=/dev/null -o Dir::Etc::sourceparts="$work/apt/sources" \
        -o Dir::State::lists="$work/apt/lists" -o Dir::State::status=/dev/null \
        -o Dir::Cache="$work/apt/cache" -o APT::Sandbox::User=root \
        -o APT::Default-Release= -o Acquire::Languages=none -o Acquire::Retries=3 "$@"
}

# Turns every binary entry of the machine's apt configuration into a source entry, options and
# Signed-By kept.
derive_sources() {
    local file out
    for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources; do
        [[ -f $file ]] || continue
        out=$work/apt/sources/${file##*/}
        case $file in
        *.list) sed -nE 's/^[[:space:]]*deb([[:space:]])/deb-src\1/p' "$file" >"$out" ;;
        *.sources)
            # A stanza of sources alone is dropped: what it names is derived from its binary twin.
            awk 'BEGIN { RS = ""; ORS = "\n\n" }
                 { gsub(/\r/, "") }
                 tolower($0) ~ /(^|\n)types:[ \t]*([^\n]*[ \t])?deb([ \t\n]|$)/' "$file" |
                sed -E 's/^[Tt]ypes:.*/Types: deb-src/' >"$out"
            ;;
        esac
    done
    # sources.list may well be called so in the private folder, where only *.list is read.
    cat "$work/apt/sources/"*
}

# A repository of someone else may carry a newer package of the same name (MariaDB's own does): only
# those that call themselves Debian count.
keep_debian() {
    local release
    for release in "$work"/apt/lists/*Release; do
        [[ -f $release ]] || continue
        grep -qx 'Origin: Debian' "$release" && continue
        release=${release%_*} # ..._dists_bookworm_InRelease
        rm -f "$release"_*
    done
}

# The newest version of a package that can be had. The index may be ahead of what a mirror holds (seen
# with the security archive): then the release's next older version, and a word about it.
fetch_package() {
    local package=$1 version newest=
    for version in $(private_apt apt-cache showsrc --only-source "$package" |
        awk -v p="$package" '/^(Package|Source): / { own = $2 == p } own && /^Version: / { print $2 }' |
        sort -ruV); do
        newest=${newest:-$version}
        private_apt apt-get source --download-only --only-source "$package=$version" || continue
        echo "$package $version" >>"$work/versions"
        [[ $version == "$newest" ]] ||
            echo "note: $package $newest is listed but cannot be fetched; taken: $version" | tee -a "$work/notes"
        return 0
    done
    echo "no source package $package can be fetched; is a Debian archive in apt's sources?"
    return 1
}

fetch() {
    derive_sources
    # One repository that has no sources, or is away, is none of our business: what counts is
    # whether the four packages are found.
    private_apt apt-get update || true
    keep_debian
    cd "$deps/sources"
    local package
    for package in "${packages[@]}"; do
        fetch_package "$package"
    done
}

# The .dsc of the version taken; older ones may lie beside it.
dsc() {
    local version
    version=$(sed -n "s/^$1 //p" "$work/versions")
    echo "$deps/sources/$1_${version#*:}.dsc" # an epoch is not part of the file name
}

unpack() {
    local package
    cd "$work/src"
    for package in cjson sqlite3 cmocka; do
        dpkg-source --no-check -x "$(dsc "$package")" "$package"
    done
    # Of the 115 MB the client library alone, with those of Debian's patches that touch it.
    local base upstream
    base=$(dsc mariadb)
    base=${base%.dsc}
    upstream=${base%-*}
    mkdir mariadb
    tar -xf "$upstream".orig.tar.?z -C mariadb --strip-components=1 --wildcards '*/libmariadb/*'
    tar -xf "$base".debian.tar.?z -C mariadb
    cd mariadb
    local patch
    while read -r patch _; do
        [[ -n $patch && $patch != '#'* ]] || continue
        grep -q '^+++ [^/]*/libmariadb/' "debian/patches/$patch" || continue
        patch -p1 --forward <"debian/patches/$patch"
    done <debian/patches/series
    # And those of our own, until the library has what they bring: the same lines, or, as from 3.4 on,
    # its own of that name.
    local own
    for own in "${patches[@]}"; do
        if patch -p1 --reverse --dry-run --force <"$own" ||
            [[ $own == *-certificate.patch ]] && grep -q MARIADB_TLS_PEER_CERT_INFO libmariadb/include/mysql.h; then
            continue
        fi
        patch -p1 --forward <"$own"
    done
}

# cross_cmake NAME SOURCE TARGET OPTION...
cross_cmake() {
    local name=$1 source=$2 target=$3
    shift 3
    cmake -G Ninja -S "$work/src/$source" -B "$work/build/$name" -DCMAKE_TOOLCHAIN_FILE="$toolchain" \
        -DCMAKE_BUILD_TYPE=Release -DCMAKE_INSTALL_PREFIX="$prefix" -DBUILD_SHARED_LIBS=OFF "$@"
    cmake --build "$work/build/$name" --target "$target"
}

build_mariadb() {
    # _WIN32_WINNT: with a newer one the certificate chain structure grows a field that Wine 8
    # refuses. The login plugins are in the library; nothing is loaded from disk. Two are left out:
    # no server is to be given a weak old hash, or the PC's own Windows login.
    cross_cmake mariadb mariadb/libmariadb mariadbclient \
        -DCMAKE_C_FLAGS='-O2 -fstack-protector-strong -D_WIN32_WINNT=0x0601 -DNTDDI_VERSION=0x06010000' \
        -DWITH_SSL=SCHANNEL -DWITH_UNIT_TESTS=OFF -DWITH_CURL=OFF -DWITH_EXTERNAL_ZLIB=OFF -DWITH_MSI=OFF \
        -DCLIENT_PLUGIN_CACHING_SHA2_PASSWORD=STATIC -DCLIENT_PLUGIN_SHA256_PASSWORD=STATIC \
        -DCLIENT_PLUGIN_CLIENT_ED25519=STATIC -DCLIENT_PLUGIN_MYSQL_OLD_PASSWORD=OFF \
        -DCLIENT_PLUGIN_AUTH_GSSAPI_CLIENT=OFF
    cmake --install "$work/build/mariadb" --component Development
    # Wherever this version installs it, callers find lib/libmariadbclient.a.
    find "$prefix" -name libmariadbclient.a ! -path "$prefix/lib/libmariadbclient.a" \
        -exec mv {} "$prefix/lib/" \;
    # An option this version does not know would be ignored in silence: see that it has them.
    x86_64-w64-mingw32-nm "$prefix/lib/libmariadbclient.a" >"$work/symbols"
    local symbol
    for symbol in schannel_verify_server_certificate ma_tls_get_peer_cert_info caching_sha2_password_client_plugin \
        sha256_password_client_plugin ed25519_client_plugin; do
        grep -q "$symbol" "$work/symbols" || { echo "built without $symbol"; return 1; }
    done
}

build_cjson() {
    cross_cmake cjson cjson all -DCMAKE_C_FLAGS=-O2 -DENABLE_CJSON_TEST=OFF -DENABLE_CUSTOM_COMPILER_FLAGS=OFF \
        -DBUILD_SHARED_AND_STATIC_LIBS=OFF
    cmake --install "$work/build/cjson"
}

build_sqlite() {
    # Debian's package is the source tree; the amalgamation is made from it (needs tclsh).
    mkdir -p "$work/build/sqlite"
    cd "$work/build/sqlite"
    "$work/src/sqlite3/configure" --disable-tcl
    make sqlite3.c
    # Serialised threads, no string in double quotes, no extension loading, no memory statistics,
    # no temporary file beside the outbox.
    x86_64-w64-mingw32-gcc -O2 -fstack-protector-strong -D_WIN32_WINNT=0x0A00 \
        -DSQLITE_THREADSAFE=1 -DSQLITE_DQS=0 -DSQLITE_DEFAULT_MEMSTATUS=0 -DSQLITE_OMIT_LOAD_EXTENSION \
        -DSQLITE_OMIT_DEPRECATED -DSQLITE_OMIT_SHARED_CACHE -DSQLITE_LIKE_DOESNT_MATCH_BLOBS \
        -DSQLITE_TEMP_STORE=2 -c sqlite3.c -o sqlite3.o
    x86_64-w64-mingw32-ar rcs "$prefix/lib/libsqlite3.a" sqlite3.o
    cp sqlite3.h "$prefix/include/"
}

build_cmocka() {
    cross_cmake cmocka cmocka all -DCMAKE_C_FLAGS=-O2 -DUNIT_TESTING=OFF -DWITH_EXAMPLES=OFF -DWITH_STATIC_LIB=ON
    cmake --install "$work/build/cmocka"
    # Some versions call the static one so, beside a DLL that is not wanted.
    [[ -f $prefix/lib/libcmocka.a ]] || mv "$prefix"/lib/libcmocka-static.a "$prefix/lib/libcmocka.a"
}

step "fetch sources" fetch
[[ ! -f $work/notes ]] || sed 's/^/deps: /' "$work/notes"
step "unpack" unpack
step "mariadb connector" build_mariadb
step "cjson" build_cjson
step "sqlite" build_sqlite
step "cmocka" build_cmocka

rm -f "$deps/stamp"
rm -rf "$deps/windows"
# A DLL, its import library or a CMake file that names the temporary directory must not be found.
rm -rf "${prefix:?}"/{bin,lib/cmake,lib/pkgconfig}
find "$prefix" -name '*.dll*' -delete
mv "$prefix" "$deps/windows"
mv "$work/versions" "$deps/versions"
echo "$recipe" >"$work/stamp"
mv "$work/stamp" "$deps/stamp"
