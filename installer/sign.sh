#!/bin/bash
# sign.sh FILE...: signs programs, libraries and packages in place (Authenticode, SHA-256), by osslsigncode, if a
# certificate is named; does nothing otherwise. installer/build.sh calls it: for what goes into the MSI, and for the MSI.
#
#   HIPBRIDGE_SIGN_CERTS      the certificate and those above it, PEM
#   HIPBRIDGE_SIGN_KEY        its private key: a PEM file
#   HIPBRIDGE_SIGN_MODULE     if the key is in a token or a service: its PKCS#11 module; KEY is the key's URI then
#   HIPBRIDGE_SIGN_PASS       a file with the key's password, if it has one
#   HIPBRIDGE_SIGN_TIMESTAMP  URL of a time-stamp server (RFC 3161): without a stamp signatures end with the certificate
set -euo pipefail

[[ -n ${HIPBRIDGE_SIGN_CERTS:-} ]] || exit 0

options=(-certs "$HIPBRIDGE_SIGN_CERTS" -key "${HIPBRIDGE_SIGN_KEY:?the key belongs to the certificate}"
    -ts "${HIPBRIDGE_SIGN_TIMESTAMP:?the time stamp belongs to the signature}" -h sha256 -n "HIP Bridge")
[[ -z ${HIPBRIDGE_SIGN_MODULE:-} ]] || options+=(-pkcs11module "$HIPBRIDGE_SIGN_MODULE")
[[ -z ${HIPBRIDGE_SIGN_PASS:-} ]] || options+=(-readpass "$HIPBRIDGE_SIGN_PASS")

# What it says stands on its standard output. A time-stamp server is asked again: the public ones fail now and then.
sign() {
    local try
    for try in 1 2 3; do
        rm -f "$1.signed" # it writes over nothing
        osslsigncode sign "${options[@]}" -in "$1" -out "$1.signed" >"$1.said" 2>&1 && return
        sleep "$try"
    done
    cat "$1.said" >&2
    return 1
}

for file in "$@"; do
    sign "$file" || {
        rm -f "$file.signed" "$file.said"
        echo "sign.sh: $file could not be signed" >&2
        exit 1
    }
    rm "$file.said"
    mv "$file.signed" "$file"
done
