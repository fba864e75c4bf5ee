#!/bin/bash
# demo.sh - the product at work on this machine: a real Kubernetes API server, simulated Nodes and one real virtual machine on libvirt and QEMU.
# Nodes become Ready, one is powered off, one gets another image, one is captured. Installs what is missing; without root there is no virtual machine.
#
#   hack/demo.sh          runs the demo and stays up until Ctrl-C, which ends everything that it started
#   hack/demo.sh --once   ends after the demo
#
# shellcheck source=lib/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"
# shellcheck source=lib/kubernetes.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/kubernetes.sh"
# shellcheck source=lib/dotnet.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/dotnet.sh"

LIB=$ROOT/hack/lib
DEMO=$CACHE/demo
SIMULATED=(web-a web-b web-c web-d web-e)
LAST_TABLE=

main() {
    ensure_kubernetes >/dev/null
    build_product src/Provisioning.Operator/Provisioning.Operator.csproj
    rm -rf "$DEMO"
    mkdir -p "$DEMO"
    trap clean EXIT
    trap 'exit 130' INT TERM

    say "starting the API server"
    "$LIB/apiserver.sh" start "$DEMO/kubernetes"
    export KUBECONFIG=$DEMO/kubernetes/kubeconfig
    if is_root; then "$LIB/vmhost.sh" start "$DEMO/vmhost"; fi
    install_operator
    say "set up; the demo begins"

    declare_simulated_nodes
    if is_root; then declare_virtual_machine; else announce "No real virtual machine this time: a VM host is a Unix user of its own, which only root can make."; fi
    watch_until "every Node is Ready" 240 all_ready

    announce "Powering web-a off: kubectl patch pn web-a --type merge -p '{\"spec\":{\"powerState\":\"PoweredOff\"}}'"
    quietly patch pn web-a --type merge -p '{"spec":{"powerState":"PoweredOff"}}'
    watch_until "web-a is off" 60 is web-a '{.status.power}' Off

    announce "Another image for web-b: kubectl patch pn web-b --type merge -p '{\"spec\":{\"imageRef\":{\"name\":\"web-2\"}}}'"
    quietly patch pn web-b --type merge -p '{"spec":{"imageRef":{"name":"web-2"}}}'
    watch_until "web-b runs web-2" 60 is web-b '{.status.currentImage}' web-2

    local source=web-c
    if is_root; then source=vm; fi
    announce "Capturing $source into the new image golden: kubectl apply -f an ImageCapture"
    capture "$source"
    watch_until "the image golden is captured" 240 captured
    watch_until "every Node is Ready again" 240 all_ready
    kubectl --namespace default get pimg golden

    announce "That was the demo."
    [ "${1:-}" != --once ] || return 0
    how_to_go_on
    wait_for_end
}

install_operator() {
    # An API server without CEL rules (Kubernetes 1.20) has them refused by kubectl's own validation, not by itself: hence --validate=false.
    quietly create --validate=false -f "$ROOT/crds"
    quietly apply -f "$ROOT/hack/manifests/rbac.yaml"
    quietly wait --for=condition=Established --timeout=30s crd/nodes.provisioning.dev crd/images.provisioning.dev crd/imagecaptures.provisioning.dev crd/provisioners.provisioning.dev
    spawn "$DEMO/operator.pid" "$DEMO/operator.log" "$(program Provisioning.Operator provisioning-operator)" \
        --kubeconfig="$DEMO/kubernetes/operator.kubeconfig" --listen="http://127.0.0.1:$(free_port)" &
}

declare_simulated_nodes() {
    announce "Five simulated Nodes are declared, each with the image web-1."
    quietly apply -f "$ROOT/hack/demo/simulated.yaml"
    local name
    for name in "${SIMULATED[@]}"; do
        quietly apply -f - <<MANIFEST
{"apiVersion": "provisioning.dev/v1alpha1", "kind": "Node", "metadata": {"name": "$name", "namespace": "default"},
 "spec": {"provisionerRef": {"name": "simulator"}, "imageRef": {"name": "web-1"}, "powerState": "PoweredOn"}}
MANIFEST
    done
}

is_root() { [ "$(id -u)" = 0 ]; }

declare_virtual_machine() {
    announce "A real virtual machine is declared: an image with busybox and dropbear on a VM host that is reached by SSH."
    local port
    port=$(free_port)
    quietly create secret generic vm-host --from-file=ssh-privatekey="$(host CLIENT_KEY)"
    quietly create secret generic vm-guest --from-file=ssh-privatekey="$(host GUEST_KEY)"
    quietly apply -f - <<MANIFEST
apiVersion: provisioning.dev/v1alpha1
kind: Provisioner
metadata: {name: vm-host, namespace: default}
spec:
  type: Libvirt
  libvirt:
    address: $(host ADDRESS)
    port: $(host PORT)
    user: $(host USER)
    credentialsSecretRef: {name: vm-host}
    hostKeys: ["$(host HOST_KEY)"]
    uri: qemu:///session
    domainType: Qemu
    imageDirectory: $(host IMAGES)
    machineDirectory: $(host DISKS)
  timeouts: {softPowerOffSeconds: 30, observeSeconds: 30}
---
apiVersion: provisioning.dev/v1alpha1
kind: Image
metadata: {name: tiny, namespace: default}
spec:
  revision: "1"
  digest: sha256:$(cat "$(host IMAGE_CACHE)/tiny-a.qcow2.sha256")
  format: Qcow2
  fileName: tiny-a.qcow2
  sshHostKeys: ["$(cut -d' ' -f1,2 "$(host IMAGE_CACHE)/tiny-a.hostkey.pub")"]
---
apiVersion: provisioning.dev/v1alpha1
kind: Node
metadata: {name: vm, namespace: default}
spec:
  provisionerRef: {name: vm-host}
  imageRef: {name: tiny}
  powerState: PoweredOn
  operatingSystem: {type: Linux, address: 127.0.0.1, port: $port, credentialsSecretRef: {name: vm-guest}}
  hardware:
    memoryMiB: 160
    interfaces:
      - name: net0
        type: User
        forwards: [{hostPort: $port, guestPort: 22}]
MANIFEST
}

capture() {
    quietly apply -f - <<MANIFEST
apiVersion: provisioning.dev/v1alpha1
kind: ImageCapture
metadata: {name: golden, namespace: default}
spec: {nodeRef: {name: $1}, imageName: golden}
MANIFEST
}

host() { sed -n "s/^$1=//p" "$DEMO/vmhost/vmhost.env"; }
quietly() { kubectl --namespace default "$@" >"$DEMO/kubectl.log" 2>&1 || { cat "$DEMO/kubectl.log" >&2; die "kubectl $1 failed." "Read the lines above and $DEMO/operator.log."; }; }
announce() { printf '\n>>> %s\n' "$*"; LAST_TABLE=; }
is() { [ "$(kubectl get pn "$1" -o jsonpath="$2" 2>/dev/null)" = "$3" ]; }

# Read whole before it is searched: 'grep -q' would end kubectl early, and the pipe would count as failed.
all_ready() {
    local states
    states=$(kubectl get pn -o jsonpath='{range .items[*]}{.metadata.name}={.status.conditions[?(@.type=="Ready")].status}{"\n"}{end}') || return 1
    [ -n "$states" ] && ! grep -qv '=True$' <<<"$states"
}
captured() { [ "$(kubectl get pcap golden -o jsonpath='{.status.conditions[?(@.type=="Ready")].status}')" = True ]; }

# Shows the table anew: on a terminal in place, elsewhere only when more than an age has changed.
show() {
    local table
    table=$(kubectl get pn,pcap --namespace default 2>/dev/null || true)
    if [ -t 1 ]; then
        [ -z "$LAST_TABLE" ] || printf '\033[%dA\033[J' "$(($(wc -l <<<"$LAST_TABLE") + 1))"
    elif [ "$(without_age "$table")" = "$(without_age "$LAST_TABLE")" ]; then
        return
    fi
    printf '%s\n\n' "$table"
    LAST_TABLE=$table
}

without_age() { sed -E 's/ +[^ ]+$//' <<<"$1"; }

watch_until() {
    local what=$1 seconds=$2 end=$((EPOCHSECONDS + $2))
    shift 2
    while ! "$@"; do
        [ "$EPOCHSECONDS" -lt "$end" ] || die "After $seconds s it is still not so that $what." "Look at 'KUBECONFIG=$KUBECONFIG kubectl describe pn' and at $DEMO/operator.log."
        is_running || die "The operator ended." "Read $DEMO/operator.log."
        show
        sleep 1
    done
    show
    say "$what"
}

is_running() { kill -0 "$(read_pid "$DEMO/operator.pid")" 2>/dev/null; }

how_to_go_on() {
    cat <<TEXT

It stays up until you press Ctrl-C. In another terminal:

  export KUBECONFIG=$KUBECONFIG
  kubectl get pn                        # the machines; "nodes" alone is Kubernetes' own kind
  kubectl describe pn web-b             # conditions, operations, events
  kubectl explain nodes.provisioning.dev.spec
  kubectl get provisioning              # everything of this product
  tail -f $DEMO/operator.log
TEXT
}

wait_for_end() {
    while is_running; do
        show
        sleep 2
    done
    die "The operator ended." "Read $DEMO/operator.log."
}

# Each end is tried, whatever became of the one before it; one that failed is told and is the result of the demo.
clean() {
    local code=$?
    printf '\n'
    say "stopping everything that the demo started"
    (end_process "$(read_pid "$DEMO/operator.pid")" provisioning-operator kubeconfig) || code=1
    if [ -d "$DEMO/vmhost" ]; then "$LIB/vmhost.sh" stop "$DEMO/vmhost" || code=1; fi
    "$LIB/apiserver.sh" stop "$DEMO/kubernetes" || code=1
    say "stopped; logs are in $DEMO"
    exit "$code"
}

main "$@"
