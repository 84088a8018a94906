# shellcheck shell=bash
# Sourced by ./dev: which Debian packages each part needs, and how they come.
# `a|b` is satisfied by either; the first is installed if there is none.

packages_windows=(ca-certificates cmake ninja-build gcc-mingw-w64-x86-64-win32
    dpkg-dev gcc libc6-dev make patch tcl xz-utils) # the last line: cmake/deps.sh
packages_clang=(clang lld)
packages_host=(cmake ninja-build gcc lld libc6-dev libmariadb-dev libcjson-dev libsqlite3-dev zlib1g-dev libcmocka-dev libssl-dev
    'libcurl4-openssl-dev|libcurl4-gnutls-dev|libcurl4-nss-dev')
packages_msi=(wixl msitools python3 cmark-gfm)
packages_wine=(wine wine64)
# The server without its system service: the tests start their own on loopback.
packages_unit=(locales mariadb-server-core mariadb-client-core openssl python3)
# `./dev test mysql` and `galera`: tests/servers/.
packages_servers=(debootstrap iproute2)
# The installed service with its database, driven from outside: `./dev run`, `bench`, `soak`.
packages_service=("${packages_unit[@]}" procps iproute2 python3 python3-pymysql)
# The status page's browser and its letters, and npm for axe-core.
packages_page=(chromium chromium-driver python3-selenium python3-prometheus-client fonts-dejavu-core fonts-thai-tlwg
    'npm|nodejs')
packages_e2e=(osslsigncode openssl mdbtools "${packages_service[@]}" "${packages_page[@]}" python3-pytest python3-pytest-xdist)
packages_project=("${packages_clang[@]}" python3 python3-pytest python3-pytest-xdist mono-xbuild)
packages_check=(clang-format clang-tidy clang)
packages_fuzz=(clang libclang-rt-dev llvm)

as_root() {
    if ((EUID == 0)); then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        echo "dev: to install packages, be root or have sudo: apt-get install ${missing[*]}" >&2
        return 1
    fi
}

apt_get() {
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=600 \
        -o Dpkg::Use-Pty=0 "$@"
}

# need PACKAGE...: installs those that are missing; asks nothing of apt when all are there.
need() {
    local package alternative missing=()
    # Asked once: a question a package would take seconds.
    [[ -n ${installed:-} ]] || installed=$(dpkg-query -W -f='${db:Status-Status} ${Package}\n')
    for package in "$@"; do
        for alternative in ${package//|/ }; do
            [[ $'\n'$installed$'\n' != *$'\n'"installed $alternative"$'\n'* ]] || continue 2
        done
        missing+=("${package%%|*}")
    done
    ((${#missing[@]})) || return 0
    installed= # asked anew afterwards
    mkdir -p build/log
    quiet "installing ${missing[*]}" packages install_missing
}

install_missing() {
    local install=(install -y --no-install-recommends "${missing[@]}")
    # No lists yet, or lists older than the archive: fetch them once.
    if compgen -G '/var/lib/apt/lists/*_Packages*' >/dev/null && apt_get "${install[@]}"; then
        return
    fi
    apt_get update
    apt_get "${install[@]}"
}
