#!/bin/bash
# bench.sh - measures the operator against a real API server and prints a table beside the figures of its peers. No pass or fail.
#
#   hack/bench.sh            1,000 simulated Nodes (JIT and native AOT), status writes, a virtual machine
#   hack/bench.sh --large    and 10,000 Nodes at rest (JIT and native AOT)
#   hack/bench.sh --quick    only 1,000 simulated Nodes, JIT
#
# The native build takes minutes; it is kept in the cache until a source changes. The virtual machine needs root (vmhost.sh).
# Measure on a quiet machine: everything runs on the same processors. docs/performance.md says how to read the table.
# shellcheck source=lib/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"
# shellcheck source=lib/kubernetes.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/kubernetes.sh"
# shellcheck source=lib/dotnet.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/dotnet.sh"

LIB=$ROOT/hack/lib
BENCHMARKS=tests/Provisioning.Benchmarks/Provisioning.Benchmarks.csproj

main() {
    ensure_kubernetes >/dev/null
    build_product "$BENCHMARKS"
    BED=$(mktemp -d /tmp/provisioning-bench.XXXXXX)
    trap clean EXIT
    trap 'exit 130' INT TERM
    # The benchmarks refer to the operator, so it is built with them.
    local jit columns
    jit=$(program Provisioning.Operator provisioning-operator)
    columns=JIT=$BED/jit
    if [ "$1" != --quick ]; then
        apt_install gcc libc6-dev zlib1g-dev
        NATIVE=$(native_operator)
    fi
    say "load of this machine before: $(cut -d' ' -f1-3 /proc/loadavg)"

    measure jit nodes "$jit"
    if [ "$1" != --quick ]; then
        measure native nodes "$NATIVE"
        columns+=,"Native AOT"=$BED/native
        measure status status-writes "$jit"
        virtual_machine "$jit"
        if [ "$1" = --large ]; then
            measure large nodes "$NATIVE" --nodes=10000 --rest-seconds=60 --deadline-seconds=3600
            measure large-jit nodes "$jit" --nodes=10000 --rest-seconds=60 --deadline-seconds=3600
        fi
    fi
    report "$columns" "$1"
}

# measure NAME COMMAND PROGRAM [OPTION...]: each measurement has an API server of its own, since a full one is slower.
measure() {
    local name=$1 command=$2 operator=$3
    shift 3
    say "measuring $name"
    fresh_server "$name"
    benchmark "$command" --kubeconfig="$BED/$name.k8s/kubeconfig" --operator-kubeconfig="$BED/$name.k8s/operator.kubeconfig" \
        --operator="$operator" --server="$BED/$name.k8s" --figures="$BED/$name" "$@"
    "$LIB/apiserver.sh" stop "$BED/$name.k8s"
}

fresh_server() {
    "$LIB/apiserver.sh" start "$BED/$1.k8s"
    local -x KUBECONFIG=$BED/$1.k8s/kubeconfig
    # Kubernetes 1.20 knows no CEL rules: kubectl's own validation would refuse them, the server does not.
    kubectl create --validate=false -f "$ROOT/crds" >/dev/null
    kubectl apply -f "$ROOT/hack/manifests/rbac.yaml" >/dev/null
    kubectl wait --for=condition=Established --timeout=60s crd/nodes.provisioning.dev crd/images.provisioning.dev \
        crd/imagecaptures.provisioning.dev crd/provisioners.provisioning.dev >/dev/null
}

virtual_machine() {
    if [ "$(id -u)" != 0 ]; then
        say "no virtual machine: a VM host needs root"
        return 0
    fi
    "$LIB/vmhost.sh" start "$BED/vmhost"
    measure vm libvirt "$1" --host="$BED/vmhost"
    "$LIB/vmhost.sh" stop "$BED/vmhost"
}

report() {
    printf '\n%s simulated Nodes that exist before the operator starts\n\n' "$(sed -n 's/^nodes\t//p' "$BED/jit")"
    benchmark table --columns="$1"
    peers
    if [ "$2" = --large ]; then
        printf '\n10,000 simulated Nodes\n\n'
        benchmark table --columns="JIT=$BED/large-jit,Native AOT=$BED/large"
    fi
    if [ "$2" != --quick ]; then
        printf '\nStatus writes and a virtual machine\n\n'
        benchmark table --columns=JIT="$BED/status"
        [ ! -s "$BED/vm" ] || benchmark table --columns=JIT="$BED/vm"
    fi
    printf '\nload of this machine after: %s\n' "$(cut -d' ' -f1-3 /proc/loadavg)"
}

peers() {
    cat <<'TABLE'

| peer, 1,000 hosts on two cores     | all ready | own CPU | API server CPU | memory | writes per host | writes at rest   |
| ---------------------------------- | --------- | ------- | -------------- | ------ | --------------- | ---------------- |
| Metal3 baremetal-operator, demo    | 265 s     | 45 s    | 450 s          | 118 MB | 20              | not published    |
| target                             | 26 to 50 s |        |                |        | 4 to 5          | 0                |
TABLE
}

benchmark() { "$(program Provisioning.Benchmarks Provisioning.Benchmarks)" "$@"; }

clean() {
    local code=$? server
    say "stopping the servers"
    if [ -d "$BED/vmhost" ]; then "$LIB/vmhost.sh" stop "$BED/vmhost" || code=1; fi
    for server in "$BED"/*.k8s; do
        if [ -d "$server" ]; then "$LIB/apiserver.sh" stop "$server" || code=1; fi
    done
    say "figures and logs: $BED"
    exit "$code"
}

case ${1:-} in
    '' | --large | --quick) main "${1:-}" ;;
    *) die "Unknown option '$1'." "Use: hack/bench.sh [--large | --quick]" ;;
esac
