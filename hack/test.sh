#!/bin/bash
# test.sh - sets up what is missing on a Debian 12 machine with the .NET 10 SDK, builds, and runs every test.
#
#   hack/test.sh              all suites; closes with "N passed, N failed, N skipped"
#   hack/test.sh NAME...      only suites whose name contains one of the words, for example: Core EndToEnd
#
# Needs root for the real counterparts: it installs Debian packages and starts a VM host under a user of its own. All servers listen on
# loopback addresses. Downloads and builds are kept in ~/.cache/provisioning-operator (PROVISIONING_CACHE).
# shellcheck source=lib/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"
# shellcheck source=lib/kubernetes.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/kubernetes.sh"
# shellcheck source=lib/dotnet.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/dotnet.sh"

LIB=$ROOT/hack/lib
PASSED=0 FAILED=0 SKIPPED=0

main() {
    apt_install openssh-server openssh-client qemu-utils qemu-system-x86 libvirt-daemon libvirt-daemon-driver-qemu libvirt-clients busybox-static dash shellcheck lua5.4 iproute2 ca-certificates curl
    ensure_kubernetes >/dev/null
    "$LIB/images.sh" build >/dev/null
    build_product ProvisioningOperator.sln

    BED=$(mktemp -d /tmp/provisioning-test.XXXXXX)
    trap clean EXIT
    trap 'exit 130' INT TERM
    say "starting an API server and a VM host"
    "$LIB/apiserver.sh" start "$BED/kubernetes"
    "$LIB/vmhost.sh" start "$BED/vmhost"
    export PROVISIONING_TEST_KUBECONFIG=$BED/kubernetes/kubeconfig PROVISIONING_TEST_VMHOST=$BED/vmhost

    for project in "$ROOT"/tests/*.Tests "$ROOT"/tests/Provisioning.EndToEnd; do
        [ -d "$project" ] || continue
        if is_wanted "$(basename "$project")" "$@"; then run_suite "$(basename "$project")"; fi
    done
    shell_suite "$@"

    say "done. Run one suite again: hack/test.sh $(basename "$project"); logs of a failed run: $ROOT is built in $PROVISIONING_ARTIFACTS"
    printf '%d passed, %d failed, %d skipped\n' "$PASSED" "$FAILED" "$SKIPPED"
    [ "$FAILED" = 0 ]
}

is_wanted() {
    local suite=$1 word
    shift
    [ $# -gt 0 ] || return 0
    for word in "$@"; do [[ $suite != *"$word"* ]] || return 0; done
    return 1
}

run_suite() {
    local suite=$1 log=$BED/$1.log code=0 totals
    say "testing $suite"
    "$(program "$suite" "$suite")" -noLogo >"$log" 2>&1 || code=$?
    totals=$(grep -aoE 'Total: [0-9]+, Errors: [0-9]+, Failed: [0-9]+, Skipped: [0-9]+' "$log" | tail -1 || true)
    # A suite that died before its closing line counts as one failure, whatever it had passed.
    if [ -z "$totals" ]; then
        tail -n 40 "$log" >&2
        say "$suite ended with code $code before its summary"
        FAILED=$((FAILED + 1))
        return
    fi

    local total errors failed skipped
    read -r total errors failed skipped <<<"$(tr -dc '0-9,' <<<"$totals" | tr ',' ' ')"
    [ "$code" = 0 ] || [ $((errors + failed)) -gt 0 ] || errors=1
    [ $((errors + failed)) = 0 ] || show_failures "$log"
    PASSED=$((PASSED + total - failed - skipped)) FAILED=$((FAILED + failed + errors)) SKIPPED=$((SKIPPED + skipped))
    say "$suite: $totals"
}

show_failures() { grep -aE -A 40 '\[FAIL\]|\[ERROR\]' "$1" | head -n 400 >&2 || tail -n 100 "$1" >&2; }

shell_suite() {
    is_wanted shellcheck "$@" || return 0
    say "checking the shell scripts"
    if (cd "$ROOT/hack" && find . -name '*.sh' -print0 | xargs -0 shellcheck -x -P SCRIPTDIR >&2); then PASSED=$((PASSED + 1)); else FAILED=$((FAILED + 1)); fi
}

clean() {
    say "stopping the servers"
    "$LIB/vmhost.sh" stop "$BED/vmhost" || true
    "$LIB/apiserver.sh" stop "$BED/kubernetes" || true
    [ "$FAILED" != 0 ] || rm -rf "$BED"
}

main "$@"
