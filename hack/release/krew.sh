#!/bin/bash
# krew.sh - packs kubectl-provision for krew and fills the manifest in.
#
#   hack/release/krew.sh pack PROGRAM ARCH FOLDER         PROGRAM, a native build for linux/ARCH (amd64, arm64), into FOLDER as a release archive
#   hack/release/krew.sh manifest FOLDER DOWNLOADS HOMEPAGE    the manifest for the archives in FOLDER, which will be at the URL DOWNLOADS
#
# An architecture without an archive is left out of the manifest.
set -euo pipefail
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
ROOT=$(dirname "$(dirname "$HERE")")
VERSION=$(sed -n 's|.*<Version>\(.*\)</Version>.*|\1|p' "$ROOT/Directory.Build.props")

pack() {
    local work archive=$3/kubectl-provision_${VERSION}_linux_$2.tar.gz
    work=$(mktemp -d)
    # shellcheck disable=SC2064  # the folder is known now
    trap "rm -rf '$work'" EXIT
    install -m 755 "$1" "$work/kubectl-provision"
    install -m 644 "$ROOT/LICENSE" "$work/LICENSE"
    mkdir -p "$3"
    # The same program gives the same archive, byte for byte.
    tar --create --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner --directory="$work" LICENSE kubectl-provision | gzip --no-name -9 >"$archive"
    printf '%s\n' "$archive"
}

manifest() {
    local folder=$1 arch archive text
    text=$(sed -e '/^#/d' -e "s|@VERSION@|$VERSION|g" -e "s|@DOWNLOADS@|$2|g" -e "s|@HOMEPAGE@|$3|g" "$HERE/krew.yaml")
    for arch in amd64 arm64; do
        archive=$folder/kubectl-provision_${VERSION}_linux_$arch.tar.gz
        if [ -e "$archive" ]; then
            text=${text//@SHA256_linux_$arch@/$(sha256sum "$archive" | cut -d' ' -f1)}
        else
            text=$(awk -v arch="arch: $arch}" '/^    - selector:/ { skip = index($0, arch) } !skip' <<<"$text")
        fi
    done
    printf '%s\n' "$text"
}

case ${1:-} in
    pack) [ $# = 4 ] && pack "$2" "$3" "$4" ;;
    manifest) [ $# = 4 ] && manifest "$2" "$3" "$4" ;;
    *) sed -n '2,8s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
esac
