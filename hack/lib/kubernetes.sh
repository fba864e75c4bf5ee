#!/bin/bash
# kubernetes.sh - gets a real kube-apiserver and etcd. Source it, then call
#
#   ensure_kubernetes   exports KUBEBUILDER_ASSETS (folder with the programs kube-apiserver and etcd) and prints it,
#                       and sees to it that kubectl is on the PATH
#
# Looked for in this order: $KUBEBUILDER_ASSETS, the cache, the published archive of envtest (only if
# PROVISIONING_ENVTEST_SHA512 says which bytes to trust), a build of Debian's source package (some minutes, once).
#
# Run as a program, `kubernetes.sh download|build WORK RESULT` fills the folder RESULT.

# shellcheck source=common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

KUBERNETES_LIB=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
ENVTEST_VERSION=${PROVISIONING_ENVTEST_VERSION:-v1.33.0}
ENVTEST_URL=https://github.com/kubernetes-sigs/controller-tools/releases/download/envtest-$ENVTEST_VERSION/envtest-$ENVTEST_VERSION-linux-amd64.tar.gz

ensure_kubernetes() {
    local assets
    need kubectl kubernetes-client
    if [ -n "${KUBEBUILDER_ASSETS:-}" ]; then
        assets=$KUBEBUILDER_ASSETS
        has_programs "$assets" || die "KUBEBUILDER_ASSETS is $assets, but there is no executable kube-apiserver and etcd in it." \
            "Let it name a folder with both, or unset it."
    else
        assets=$(download_or_build)
    fi
    export KUBEBUILDER_ASSETS=$assets
    printf '%s\n' "$assets"
}

has_programs() { [ -x "$1/kube-apiserver" ] && [ -x "$1/etcd" ]; }

# The archive's digest is not written here, since nobody of us could check it, and a digest fetched beside the archive proves nothing.
download_or_build() {
    if [ -n "${PROVISIONING_ENVTEST_SHA512:-}" ]; then
        if (cached "envtest-$ENVTEST_VERSION" "$KUBERNETES_LIB/kubernetes.sh" download); then return; fi
        say "envtest $ENVTEST_VERSION was not to be had; taking Debian's source package"
    fi
    cached kubernetes-debian-1 "$KUBERNETES_LIB/kubernetes.sh" build
}

download() {
    local work=$1 result=$2 digest
    need curl curl
    apt_install ca-certificates
    say "downloading envtest $ENVTEST_VERSION"
    curl -fsSL --connect-timeout 5 --speed-limit 10000 --speed-time 20 --max-time 600 -o "$work/envtest.tar.gz" "$ENVTEST_URL"
    digest=$(sha512sum "$work/envtest.tar.gz" | cut -d' ' -f1)
    [ "$digest" = "$PROVISIONING_ENVTEST_SHA512" ] ||
        die "The archive $ENVTEST_URL has the SHA-512 $digest, not the one in PROVISIONING_ENVTEST_SHA512." "Correct the variable, or unset it to build from source."
    tar -xzf "$work/envtest.tar.gz" -C "$work"
    install -m 755 "$(find "$work" -name kube-apiserver)" "$(find "$work" -name etcd)" "$result/"
}

build() {
    local work=$1 result=$2 version
    need curl curl
    apt_install ca-certificates golang-1.19-go
    say "getting the source package kubernetes"
    debian_source "$work" kubernetes
    # Unpacked, not installed: the package would start a service of its own where systemd runs.
    apt_unpack "$work/debs" etcd-server golang-github-modern-go-reflect2-dev
    install -m 755 "$work/debs/usr/bin/etcd" "$result/etcd"
    version=$(find "$work/source" -name 'kubernetes_*.orig.tar.gz' | sed -e 's/.*really//' -e 's/.*kubernetes_//' -e 's/\.orig.*//')
    compile "$work" "$version" "$result/kube-apiserver"
    say "proving the new kube-apiserver"
    prove "$work/proof" "$result"
}

# Most machines list no source packages; a private apt configuration names the same mirrors with deb-src and leaves /etc/apt alone.
debian_source() {
    local work=$1 keyring=/usr/share/keyrings/debian-archive-keyring.gpg options
    mkdir -p "$work/apt/lists/partial" "$work/source"
    options=""
    [ ! -e "$keyring" ] || options="[signed-by=$keyring]"
    apt_lists etcd-server
    # shellcheck disable=SC2016
    apt-get indextargets --format "deb-src $options \$(REPO_URI) \$(RELEASE) \$(COMPONENT) \$(LABEL)" 'Created-By: Packages' 'Origin: Debian' |
        sed -n 's/ Debian\(-Security\)\?$//p' | sort -u >"$work/apt/sources.list"
    [ -s "$work/apt/sources.list" ] || die "apt knows no Debian mirror." "Add one below /etc/apt/sources.list.d."
    (
        cd "$work/source" || exit
        set -- -qq -o APT::Sandbox::User=root -o Dir::Etc::sourcelist="$work/apt/sources.list" -o Dir::Etc::sourceparts=/dev/null \
            -o Dir::State::lists="$work/apt/lists" -o Dir::Cache::srcpkgcache="" -o Dir::Cache::pkgcache=""
        apt-get "$@" update && apt-get "$@" source --download-only kubernetes
    ) || die "apt-get could not download the source package $2." "Check that the mirrors in $work/apt/sources.list carry source packages."
}

compile() {
    local work=$1 version=$2 output=$3 tree=$1/go/src/k8s.io/kubernetes packages package flags="-s -w"
    mkdir -p "$tree"
    tar -xzf "$work"/source/kubernetes_*.orig.tar.gz -C "$tree" --strip-components=1

    # The vendored reflect2 1.0.1 reads Go's map iterator at offsets that Go 1.18 changed: the server dies at its first CRD.
    rm -rf "$tree/vendor/github.com/modern-go/reflect2"
    cp -r "$work/debs/usr/share/gocode/src/github.com/modern-go/reflect2" "$tree/vendor/github.com/modern-go/reflect2"

    # go.mod predates this Go, which therefore refuses module mode.
    export GO111MODULE=off CGO_ENABLED=0 GOPATH=$work/go GOCACHE=$work/go-cache GOTMPDIR=$work GOFLAGS="" PATH=/usr/lib/go-1.19/bin:$PATH
    cd "$tree"

    say "generating the OpenAPI definitions (about 30 s)"
    go build -o "$work/openapi-gen" ./vendor/k8s.io/kube-openapi/cmd/openapi-gen
    # grep -r leaves out the symbolic links below vendor/k8s.io, which lead to the staging folders.
    packages=$(grep -rl --include='*.go' '+k8s:openapi-gen=' vendor/k8s.io staging/src/k8s.io pkg | sed -e 's,/[^/]*$,,' |
        sed -e 's,^vendor/,,' -e 's,^staging/src/,,' -e 's,^pkg/,k8s.io/kubernetes/pkg/,' | sort -u | paste -sd,)
    "$work/openapi-gen" --report-filename "$work/api.report" -O zz_generated.openapi -p k8s.io/kubernetes/pkg/generated/openapi -h /dev/null -i "$packages"

    # Two packages know the version: the API server's own and that of the aggregator, which answers /version.
    for package in component-base/version client-go/pkg/version; do
        package=k8s.io/kubernetes/vendor/k8s.io/$package
        flags+=" -X $package.gitVersion=v$version -X $package.gitMajor=${version%%.*} -X $package.gitMinor=$(cut -d. -f2 <<<"$version")"
    done
    say "compiling kube-apiserver $version (three to eight minutes)"
    compile_with_progress "$output" "$flags"
}

compile_with_progress() {
    local compiler next=$((EPOCHSECONDS + 30))
    go build -ldflags "$2" -o "$1" ./cmd/kube-apiserver &
    compiler=$!
    while sleep 1 && kill -0 "$compiler" 2>/dev/null; do
        if [ "$EPOCHSECONDS" -ge "$next" ]; then
            say "still compiling, $(du -sm "$GOCACHE" | cut -f1) of about 1200 MB of objects"
            next=$((EPOCHSECONDS + 30))
        fi
    done
    wait "$compiler"
}

# A wrongly built server starts well and dies at the first custom resource, so it is put to work before it may enter the cache.
prove() {
    local dir=$1 count watch
    KUBEBUILDER_ASSETS=$2 "$KUBERNETES_LIB/apiserver.sh" start "$dir" >&2
    # shellcheck disable=SC2064
    trap "'$KUBERNETES_LIB/apiserver.sh' stop '$dir'" EXIT
    # shellcheck disable=SC1091
    . "$dir/server.env"
    TOKEN=$(sed -n 's/^ *token: //p' "$dir/kubeconfig")
    call() { curl -fsS --max-time 60 --cacert "$dir/ca.crt" -H "Authorization: Bearer $TOKEN" "$@"; }

    probe_crd | call -o /dev/null -H 'Content-Type: application/yaml' --data-binary @- "$KUBE_URL/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
    local objects=$KUBE_URL/apis/proof.provisioning.dev/v1/namespaces/default/probes
    wait_for 30 call -o /dev/null "$objects" 2>/dev/null || die "The new kube-apiserver does not serve a custom resource." "Read $dir/apiserver.log."
    probe_objects "$objects" >"$dir/requests"
    curl -sS --no-progress-meter --parallel --parallel-max 20 -K "$dir/requests" >"$dir/replies"
    # Not earlier: the server ends watches of a kind whose definition it is still establishing.
    call --max-time 200 -N "$objects?watch=1&timeoutSeconds=120" >"$dir/watch" 2>/dev/null &
    watch=$!
    wait_for 30 saw_events "$dir/watch" ADDED 500 || die "The watch did not show 500 new objects." "Read $dir/apiserver.log."
    call -o /dev/null -X PATCH -H 'Content-Type: application/merge-patch+json' -d '{"spec":{"size":2}}' "$objects/probe-7"
    wait_for 10 saw_events "$dir/watch" MODIFIED 1 || die "The watch did not show the changed object." "Read $dir/apiserver.log."
    call -o /dev/null -X DELETE "$objects"
    wait_for 30 saw_events "$dir/watch" DELETED 500 || die "The watch did not show 500 deleted objects." "Read $dir/apiserver.log."
    count=$(call "$KUBE_URL/openapi/v2" | grep -o 'io.k8s.api' | wc -l)
    [ "$count" -gt 1000 ] || die "/openapi/v2 names only $count types." "Read $dir/apiserver.log."
    kill "$watch"
    is_process "$(read_pid "$dir/apiserver.pid")" kube-apiserver "$dir/" || die "kube-apiserver died." "Read $dir/apiserver.log."
}

saw_events() { [ "$(grep -c "^{\"type\":\"$2\"" "$1")" -ge "$3" ]; }

probe_crd() {
    cat <<'YAML'
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: probes.proof.provisioning.dev}
spec:
  group: proof.provisioning.dev
  scope: Namespaced
  names: {plural: probes, singular: probe, kind: Probe, listKind: ProbeList}
  versions:
  - name: v1
    served: true
    storage: true
    subresources: {status: {}}
    schema:
      openAPIV3Schema:
        type: object
        properties:
          spec: {type: object, properties: {size: {type: integer, default: 1}, labels: {type: object, additionalProperties: {type: string}}}}
          status: {type: object, x-kubernetes-preserve-unknown-fields: true}
YAML
}

# curl forgets all options at 'next', so each request says all of them.
probe_objects() {
    local n
    for ((n = 0; n < 500; n++)); do
        printf '%s\n' fail silent show-error max-time=60 request=PATCH "cacert=$dir/ca.crt" "url=$1/probe-$n?fieldManager=proof&force=true" \
            "header=\"Authorization: Bearer $TOKEN\"" 'header="Content-Type: application/apply-patch+yaml"' \
            "data=\"{apiVersion: proof.provisioning.dev/v1, kind: Probe, metadata: {name: probe-$n}, spec: {labels: {a: b}}}\"" next
    done | sed '$d'
}

if [ "${BASH_SOURCE[0]}" = "$0" ]; then
    case ${1:-} in
        build | download) "$@" ;;
        *) die "Unknown command '${1:-}'." "Source this file and call ensure_kubernetes, or read its head." ;;
    esac
fi
