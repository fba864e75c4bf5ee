#!/bin/bash
# test.sh - sets up what is missing on a Debian 12 machine with the .NET 10 SDK, builds, and runs every test.
#
#   hack/test.sh              all suites; closes with "N passed, N failed, N skipped"
#   hack/test.sh NAME...      only suites whose name contains one of the words, for example: Core EndToEnd; the operator is then not the native program but that of the same build
#
# Needs root for the real counterparts: it installs Debian packages and starts a VM host under a user of its own. All servers listen on
# loopback addresses. Downloads and builds are kept in ~/.cache/provisioning-operator (PROVISIONING_CACHE).
# shellcheck source=lib/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"
# shellcheck source=lib/kubernetes.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/kubernetes.sh"
# shellcheck source=lib/dotnet.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/dotnet.sh"
# shellcheck source=lib/clients.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/clients.sh"
# shellcheck source=lib/prometheus.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/prometheus.sh"

LIB=$ROOT/hack/lib
# Suites wait for most of their time, for machines that boot and servers that are told, so more run at once than there are processors.
LANES=${PROVISIONING_TEST_LANES:-4}
PASSED=0 FAILED=1 SKIPPED=0 RUNNING=()

# Every suite: its name, the project, and which of its tests. The longest come first, so that none is left for the end; those of ./tests that are not named come last.
SUITES=(
    "Provisioning.EndToEnd.Faults Provisioning.EndToEnd -namespace Provisioning.EndToEnd.Faults -namespace Provisioning.EndToEnd.Replicas -parallelMode collections -maxThreads 3"
    "Provisioning.EndToEnd.Others Provisioning.EndToEnd -namespace- Provisioning.EndToEnd.Stories -namespace- Provisioning.EndToEnd.Killed -namespace- Provisioning.EndToEnd.Faults -namespace- Provisioning.EndToEnd.Replicas"
    "Provisioning.EndToEnd.Stories Provisioning.EndToEnd -namespace Provisioning.EndToEnd.Stories -class- Provisioning.EndToEnd.Stories.CaptureTests"
    "Provisioning.EndToEnd.Captures Provisioning.EndToEnd -class Provisioning.EndToEnd.Stories.CaptureTests"
    "Provisioning.EndToEnd.Killed Provisioning.EndToEnd -namespace Provisioning.EndToEnd.Killed"
    "Provisioning.Engines.Libvirt.Tests Provisioning.Engines.Libvirt.Tests"
    "Provisioning.Engines.XCat.Tests Provisioning.Engines.XCat.Tests"
    "Provisioning.OperatingSystems.Tests Provisioning.OperatingSystems.Tests"
    "Provisioning.Chart.Tests Provisioning.Chart.Tests"
    "Provisioning.Engines.Configuration.Tests Provisioning.Engines.Configuration.Tests"
    "Provisioning.Engines.Lab.Tests Provisioning.Engines.Lab.Tests"
    "Provisioning.Simulation.Tests Provisioning.Simulation.Tests"
    "Provisioning.Operator.Tests Provisioning.Operator.Tests"
    "Provisioning.Hostile.Tests Provisioning.Hostile.Tests"
    "Provisioning.Api.Tests Provisioning.Api.Tests"
)

main() {
    apt_install openssh-server openssh-client qemu-utils qemu-system-x86 libvirt-daemon libvirt-daemon-driver-qemu libvirt-clients busybox-static dash shellcheck lua5.4 nginx-light dnsmasq-base iproute2 ca-certificates curl
    ensure_kubernetes >/dev/null
    "$LIB/images.sh" build >/dev/null
    use_clients
    PROVISIONING_TEST_PROMETHEUS=$(ensure_prometheus)
    export PROVISIONING_TEST_PROMETHEUS
    build_product ProvisioningOperator.sln
    if [ $# = 0 ]; then
        apt_install gcc libc6-dev zlib1g-dev
        PROVISIONING_TEST_OPERATOR=$(native_operator)
        export PROVISIONING_TEST_OPERATOR
    fi

    BED=$(mktemp -d /tmp/provisioning-test.XXXXXX)
    trap clean EXIT
    trap 'exit 130' INT TERM
    say "starting an API server and a VM host"
    "$LIB/apiserver.sh" start "$BED/kubernetes"
    "$LIB/vmhost.sh" start "$BED/vmhost"
    export PROVISIONING_TEST_KUBECONFIG=$BED/kubernetes/kubeconfig PROVISIONING_TEST_VMHOST=$BED/vmhost
    export PROVISIONING_CONFORMANCE_DIR=$BED/conformance PROVISIONING_FAULTS_DIR=$BED/faults PROVISIONING_TRANSCRIPT=$BED/transcript
    mkdir "$PROVISIONING_CONFORMANCE_DIR" "$PROVISIONING_FAULTS_DIR"
    add_other_suites
    keep_wanted "$@"

    # Jobs with process groups of their own, and a wait that a signal interrupts: so a run that is told to end can end the programs that it is at.
    set -m
    local lane
    for ((lane = 1; lane <= LANES; lane++)); do
        run_lane &
        RUNNING+=($!)
    done
    set +m
    for lane in "${RUNNING[@]}"; do wait "$lane" || count "lane-$lane" 0 1 0; done
    RUNNING=()
    if is_wanted shellcheck "$@"; then shell_suite; fi
    if is_wanted packages "$@"; then package_suite; fi

    say "done. Run one suite again, for example: hack/test.sh Core. All are built in $PROVISIONING_ARTIFACTS"
    show_conformance "$PROVISIONING_CONFORMANCE_DIR"
    show_faults "$PROVISIONING_FAULTS_DIR"
    show_transcript "$PROVISIONING_TRANSCRIPT"
    if [ $# = 0 ]; then require_faults "$PROVISIONING_FAULTS_DIR"; fi
    sum "$BED"/*.totals
    trap - EXIT
    clean
    [ "$FAILED" = 0 ] || name_failures
    printf '%d passed, %d failed, %d skipped\n' "$PASSED" "$FAILED" "$SKIPPED"
    [ "$FAILED" = 0 ]
}

# The tests and the tutorial use what kubectl has since 1.24; Debian's own is 1.20.
use_clients() {
    local clients
    clients=$(ensure_clients)
    if [ "$(kubectl_minor)" -lt 24 ]; then export PATH=$clients:$PATH; fi
}

add_other_suites() {
    local project suite
    for project in "$ROOT"/tests/*.Tests; do
        suite=$(basename "$project")
        [[ " ${SUITES[*]} " == *" $suite "* ]] || SUITES+=("$suite $suite")
    done
}

keep_wanted() {
    local suite wanted=()
    for suite in "${SUITES[@]}"; do
        if is_wanted "${suite%% *}" "$@"; then wanted+=("$suite"); fi
    done
    SUITES=("${wanted[@]}")
}

# Takes one suite after the other until none is left; the lanes share the count of those that were taken.
run_lane() {
    local suite
    while suite=$(take_suite); do
        # shellcheck disable=SC2086
        run_suite $suite
    done
}

take_suite() {
    local taken
    exec 5>>"$BED/taken"
    flock 5
    taken=$(wc -l <"$BED/taken")
    [ "$taken" -lt "${#SUITES[@]}" ] || return 1
    echo "${SUITES[taken]}" | tee -a "$BED/taken"
}

sum() {
    local totals counts
    [ -e "$1" ] || die "No suite has such a name." "Name a part of one of: $(cd "$ROOT/tests" && echo *.Tests) Provisioning.EndToEnd shellcheck packages"
    FAILED=0
    for totals in "$@"; do
        read -ra counts <"$totals"
        PASSED=$((PASSED + counts[0])) FAILED=$((FAILED + counts[1])) SKIPPED=$((SKIPPED + counts[2]))
    done
}

is_wanted() {
    local suite=$1 word
    shift
    [ $# -gt 0 ] || return 0
    for word in "$@"; do [[ $suite != *"$word"* ]] || return 0; done
    return 1
}

# run_suite NAME PROJECT [OPTION...]: leaves what it counted in BED/NAME.totals.
run_suite() {
    local suite=$1 log=$BED/$1.log code=0 began=$EPOCHSECONDS totals
    say "testing $suite"
    # No terminal: as a background job a program would be stopped there.
    # Whatever ends this lane before the suite is counted is a failure.
    count "$suite" 0 1 0
    # One that hangs must not take the time of the others, and of what is told of them.
    timeout --foreground 45m "$(program "$2" "$2")" -noLogo "${@:3}" </dev/null >"$log" 2>&1 || code=$?
    totals=$(grep -aoE 'Total: [0-9]+, Errors: [0-9]+, Failed: [0-9]+, Skipped: [0-9]+' "$log" | tail -1 || true)
    # A suite that died before its closing line counts as one failure, whatever it had passed.
    if [ -z "$totals" ]; then
        tail -n 40 "$log" >&2
        say "$suite ended with code $code before its summary"
        return
    fi

    local total errors failed skipped
    read -r total errors failed skipped <<<"$(tr -dc '0-9,' <<<"$totals" | tr ',' ' ')"
    [ "$code" = 0 ] || [ $((errors + failed)) -gt 0 ] || errors=1
    [ $((errors + failed)) = 0 ] || show_failures "$log"
    count "$suite" $((total - failed - skipped)) $((failed + errors)) "$skipped"
    say "$suite: $totals in $((EPOCHSECONDS - began)) s"
    # What repeats the part of a suite that is another one each time.
    sed -nE 's/.*(seed: [0-9].*)/\1/p' "$log" >&2
}

# show_conformance FOLDER: the table of engine by routine, made from what the conformance suites of this run left there.
show_conformance() {
    local results=("$1"/*.tsv)
    [ -e "${results[0]}" ] || return 0
    say "conformance of the engines: tests passed"
    # Rows stand in the order of the documentation.
    sed -n '/<!-- table/,/<!-- end/{/^| /!d;s/^| \([^|]*\) |.*/\1/p}' "$ROOT/docs/engines/README.md" | tail -n +3 |
        awk -F'\t' '
            NR == FNR { rows[++last] = $1; next }
            !($1 in width) { engines[++columns] = $1; width[$1] = length($1) > 12 ? length($1) : 12 }
            $4 == "pass" { passed[$1, $3]++ }
            $4 == "FAIL" { failed[$1, $3]++ }
            $4 == "NotSupported" { lacking[$1, $3]++ }
            END {
                printf "%-34s", "routine"
                for (c = 1; c <= columns; c++) printf "  %-*s", width[engines[c]], engines[c]
                print ""
                for (r = 1; r <= last; r++) {
                    printf "%-34s", rows[r]
                    for (c = 1; c <= columns; c++) {
                        cell = engines[c] SUBSEP rows[r]
                        text = failed[cell] ? "FAIL " failed[cell] : passed[cell] ? "pass " passed[cell] : lacking[cell] ? "NotSupported" : "-"
                        printf "  %-*s", width[engines[c]], text
                    }
                    print ""
                }
            }' - "${results[@]}"
}

# show_faults FOLDER: the tables of faults, simulated and on real parts, and of hand-overs; UPDATE_DOCS=1 puts them into the documentation.
show_faults() {
    local results=("$1"/*)
    [ -e "${results[0]}" ] || return 0
    say "faults, simulated and on real parts, and hand-overs between replicas"
    "$LIB/faults.sh" "$1"
    [ "${UPDATE_DOCS:-}" != 1 ] || "$LIB/faults.sh" "$1" "$ROOT/docs/reliability.md"
}

# require_faults FOLDER: of a whole run, every fault that the documentation lists must have been injected: the test of one that was skipped would only lack its row.
require_faults() {
    local missing
    missing=$(comm -23 <(listed_faults | sort) <(cut -f3 "$1"/*.tsv | sort -u))
    if [ -z "$missing" ]; then count faults 1 0 0; else count faults 0 1 0; fi
    if [ -n "$missing" ]; then say "not injected in this run: $missing"; fi
}

listed_faults() { sed -n '/^<!-- faults:/,/^<!-- end of faults/s/^| \([^|]*\) | [0-9].*/\1/p' "$ROOT/docs/reliability.md" | grep -vx all; }

# show_transcript FILE: what somebody sees who does the tutorial on this machine.
show_transcript() {
    [ -e "$1" ] || return 0
    say "transcript of docs/tutorial.md, $(. /etc/os-release && echo "$PRETTY_NAME"), .NET SDK $(dotnet --version)"
    cat "$1"
}

count() { printf '%d %d %d\n' "${@:2}" >"$BED/$1.totals"; }

show_failures() { grep -aE -A 40 '\[FAIL\]|\[ERROR\]' "$1" | head -n 400 >&2 || tail -n 100 "$1" >&2; }

# The end is what people read first, and perhaps all that is kept of a long output.
name_failures() {
    local totals counts suite
    for totals in "$BED"/*.totals; do
        read -ra counts <"$totals"
        [ "${counts[1]}" != 0 ] || continue
        suite=$(basename "$totals" .totals)
        say "$suite: ${counts[1]} failed"
        if [ -e "$BED/$suite.log" ]; then sed -E 's/\x1b\[[0-9;]*m//g' "$BED/$suite.log" | { grep -aE -A 3 '\[FAIL\]|\[ERROR\]' || true; } | cut -c1-300 | head -n 60 >&2; fi
    done
}

shell_suite() {
    say "checking the shell scripts and the Dockerfile"
    if "$ROOT/hack/image.sh" lint && (cd "$ROOT/hack" && find . -name '*.sh' -print0 | xargs -0 shellcheck -x -P SCRIPTDIR >&2); then count shellcheck 1 0 0; else count shellcheck 0 1 0; fi
}

# A bill of materials, and whether a package has a known vulnerability. Where no source tells that, it was not checked, which is no pass.
package_suite() {
    local code=0
    say "checking the packages"
    if "$ROOT/hack/image.sh" sbom "$BED/sbom"; then count sbom 1 0 0; else count sbom 0 1 0; fi
    "$ROOT/hack/image.sh" vulnerable >&2 || code=$?
    case $code in
        0) count vulnerable 1 0 0 ;;
        3) count vulnerable 0 0 1 ;;
        *) count vulnerable 0 1 0 ;;
    esac
}

clean() {
    local lane
    say "stopping the servers"
    for lane in "${RUNNING[@]}"; do
        # A lane that has ended has no group any more. One that has is given the time to end its own servers.
        if kill -TERM -- "-$lane" 2>/dev/null; then wait_for 60 has_ended_group "$lane" || say "the process group $lane did not end"; fi
    done
    "$LIB/vmhost.sh" stop "$BED/vmhost" || FAILED=$((FAILED + 1))
    "$LIB/apiserver.sh" stop "$BED/kubernetes" || FAILED=$((FAILED + 1))
    if [ "$FAILED" = 0 ]; then rm -rf "$BED"; else say "logs: $BED"; fi
}

has_ended_group() { ! kill -0 -- "-$1" 2>/dev/null; }

main "$@"
