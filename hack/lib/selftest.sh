#!/bin/bash
# selftest.sh - proves that the test bed works on this machine, with timings. Needs root; no arguments.
#
# Kubernetes: two API servers at once, rights, data that outlive a restart. VM hosts: two at once, a virtual machine each, made, started,
# reached by SSH and shut down through virsh over SSH, the log of commands, an injected fault. At the end no process may be left.

# shellcheck source=kubernetes.sh
. "$(dirname "${BASH_SOURCE[0]}")/kubernetes.sh"

LIB=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
BED=$(mktemp -d)
PATIENCE=60

main() {
    trap clean EXIT
    test_kubernetes
    test_vm_hosts
    trap - EXIT
    clean
    rm -rf "$BED"
    ! grep -qsF "$BED/" /proc/[0-9]*/cmdline || die "Processes are left: $(grep -lsF "$BED/" /proc/[0-9]*/cmdline)." "This is a defect of the scripts in hack/lib."
    say "the test bed works"
}

clean() {
    local each
    for each in k1 k2; do "$LIB/apiserver.sh" stop "$BED/$each"; done
    for each in h1 h2; do "$LIB/vmhost.sh" stop "$BED/$each"; done
}

expect() { "${@:2}" || die "$1: this failed: ${*:2}" "Read the logs below $BED (kept), and below HOME of the VM hosts."; }

refused() { ! "$@" >/dev/null 2>&1; }

both() {
    local first
    "$1" "$2" "$3" &
    first=$!
    "$1" "$2" "$4"
    wait "$first"
}

admin() { kubectl --kubeconfig "$BED/k1/kubeconfig" "$@" >&2; }

test_kubernetes() {
    ensure_kubernetes >/dev/null
    both "$LIB/apiserver.sh" start "$BED/k1" "$BED/k2"
    expect "admin may write" admin create namespace kept
    expect "the second server is another" refused kubectl --kubeconfig "$BED/k2/kubeconfig" get namespace kept
    expect "the operator has no rights yet" refused kubectl --kubeconfig "$BED/k1/operator.kubeconfig" get namespaces
    # A role of our own: 'view' is empty here, because no controller aggregates it.
    expect "a role can be made" admin create clusterrole seer --verb=list --resource=namespaces
    expect "a role can be bound to the operator" admin create clusterrolebinding operator --clusterrole=seer --user=provisioning-operator
    wait_for 10 kubectl --kubeconfig "$BED/k1/operator.kubeconfig" get namespaces >/dev/null 2>&1 || die "RBAC gave the operator no rights." "Read $BED/k1/apiserver.log."
    kill -KILL "$(read_pid "$BED/k1/apiserver.pid")"
    "$LIB/apiserver.sh" start "$BED/k1"
    expect "data outlives a kill of the API server" admin get namespace kept
    "$LIB/apiserver.sh" stop "$BED/k1"
    "$LIB/apiserver.sh" start "$BED/k1"
    expect "data outlives stop and start" admin get namespace kept
}

test_vm_hosts() {
    both "$LIB/vmhost.sh" start "$BED/h1" "$BED/h2"
    run_machine h1 tiny-a &
    local first=$!
    run_machine h2 debian-a
    wait "$first"
    expect "the log holds each start once" [ "$(grep -c "virsh '-q' 'start' 'vm'$" "$BED/h1/commands.log")" = 1 ]
    # shellcheck disable=SC2016
    echo 'rm "$FAULT"; "$REAL" "$@"; exit 42' >"$BED/h1/faults/virsh"
    expect "the answer is lost once" refused on_host h1 virsh -q list
    expect "the fault is gone" on_host h1 virsh -q list
    "$LIB/vmhost.sh" stop "$BED/h1"
    "$LIB/vmhost.sh" start "$BED/h1"
    expect "machines outlive stop and start" [ "$(on_host h1 virsh -q domstate vm | head -1)" = "shut off" ]
}

value() { sed -n "s/^$2=//p" "$BED/$1/vmhost.env"; }

on_host() {
    timeout 60 ssh -n -F none -q -i "$(value "$1" CLIENT_KEY)" -p "$(value "$1" PORT)" -o UserKnownHostsFile="$BED/$1/known_hosts" \
        -o BatchMode=yes "$(value "$1" USER)@$(value "$1" ADDRESS)" "${@:2}"
}

in_guest() {
    timeout $((PATIENCE + 30)) ssh -n -F none -q -i "$(value "$1" GUEST_KEY)" -p "$2" -o UserKnownHostsFile="$BED/$1/guest_hosts" -o BatchMode=yes -o ConnectTimeout="$PATIENCE" \
        "root@$(value "$1" ADDRESS)" "${@:3}"
}

run_machine() {
    local host=$1 image=$2 port started=$EPOCHSECONDS
    port=$(free_port)
    printf '[%s]:%s %s\n' "$(value "$host" ADDRESS)" "$port" "$(cat "$(value "$host" IMAGE_CACHE)/$image.hostkey.pub")" >"$BED/$host/guest_hosts"
    expect "an overlay is made" on_host "$host" qemu-img create -q -f qcow2 -b "$(value "$host" IMAGES)/$image.qcow2" -F qcow2 "$(value "$host" DISKS)/vm.qcow2"
    domain "$host" "$port" | expect "a machine is defined" on_host "$host" "virsh -q define /dev/stdin"
    expect "the machine starts" on_host "$host" virsh -q start vm
    # QEMU takes connections before the guest listens, so only a probe has to be impatient.
    PATIENCE=2 wait_for 600 in_guest "$host" "$port" true || die "$image does not answer by SSH on $host." "Boot it with 'images.sh verify $image'."
    expect "the machine names its image" [ "$(in_guest "$host" "$port" head -n 1 /root/currentimage.txt)" = "$image" ]
    say "$image runs on $host, SSH after $((EPOCHSECONDS - started)) s"
    started=$EPOCHSECONDS
    expect "the machine is asked to shut down" on_host "$host" virsh -q shutdown vm
    wait_for 60 is_off "$host" || die "$image ignores its power button." "Boot it with 'images.sh verify $image'."
    say "$image on $host off after $((EPOCHSECONDS - started)) s"
}

is_off() { on_host "$1" virsh -q domstate vm | grep -qx 'shut off'; }

# The network card is given to QEMU directly: this libvirt cannot forward a port to a guest of an ordinary user.
domain() {
    cat <<XML
<domain type='qemu' xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'>
  <name>vm</name>
  <memory unit='MiB'>384</memory>
  <os><type arch='x86_64' machine='q35'>hvm</type></os>
  <features><acpi/><apic/></features>
  <cpu mode='maximum'/>
  <devices>
    <disk type='file' device='disk'>
      <driver name='qemu' type='qcow2' cache='unsafe'/><source file='$(value "$1" DISKS)/vm.qcow2'/><target dev='vda' bus='virtio'/>
    </disk>
    <serial type='file'><source path='$(value "$1" DISKS)/vm.console'/></serial>
    <controller type='usb' model='none'/><memballoon model='none'/>
  </devices>
  <qemu:commandline>
    <qemu:arg value='-netdev'/><qemu:arg value='user,id=n0,hostfwd=tcp:$(value "$1" ADDRESS):$2-:22'/>
    <qemu:arg value='-device'/><qemu:arg value='virtio-net-pci,netdev=n0,bus=pcie.0,addr=0x10'/>
  </qemu:commandline>
</domain>
XML
}

main
