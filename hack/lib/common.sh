# shellcheck shell=bash
# common.sh - what every test bed script needs. Source it; it sets the shell's strict mode.
#
#   CACHE                      folder for what is expensive to get (PROVISIONING_CACHE, else ~/.cache/provisioning-operator)
#   say TEXT...                progress line with the seconds since the script began (stderr)
#   die WHAT WHAT-TO-DO        ends the script with both sentences (stderr)
#   apt_install PKG...         installs the packages that are missing
#   apt_unpack DIR PKG...      unpacks packages below DIR without installing them
#   cached NAME COMMAND...     prints CACHE/NAME; if it is missing, COMMAND... WORK RESULT fills the folder RESULT, all or nothing
#   free_port                  prints a loopback TCP port that nobody uses and no other caller gets
#   is_process PID EXE TEXT    PID runs the program EXE (base name) and has TEXT in its command line
#   end_process PID EXE TEXT   ends such a process: TERM, after 10 s KILL
#   spawn PIDFILE LOG CMD...   starts a daemon that writes its own pid before it becomes CMD
#   wait_for SECONDS CMD...    repeats CMD until it succeeds; fails after SECONDS

set -euo pipefail

CACHE=$(realpath -m "${PROVISIONING_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/provisioning-operator}")
STARTED=${STARTED:-$EPOCHSECONDS}
export STARTED

say() { printf '[%4d s] %s\n' "$((EPOCHSECONDS - STARTED))" "$*" >&2; }

die() {
    printf 'FAILED: %s\n' "$1" >&2
    [ $# -lt 2 ] || printf '  What to do: %s\n' "${*:2}" >&2
    exit 1
}

is_installed() { [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }

# The package lists are fetched only when apt knows no candidate: a fresh container has none, and refreshing costs seconds.
apt_lists() {
    local package
    for package in "$@"; do
        if [ -z "$(apt-cache madison "$package" 2>/dev/null)" ]; then
            say "refreshing the package lists"
            quietly apt-get -qq update || die "apt-get update failed." "Check the network and the files below /etc/apt."
            return
        fi
    done
}

# dpkg speaks a line per package; it is shown only when something went wrong.
quietly() {
    local output
    output=$("$@" 2>&1) || { printf '%s\n' "$output" | tail -n 40 >&2 && return 1; }
}

# A list that is older than the mirror names files that are gone, so a failed command is tried once more with fresh lists.
apt_retry() {
    quietly "$@" && return
    say "trying again with fresh package lists"
    quietly apt-get -qq update && quietly "$@"
}

apt_install() {
    local package missing=()
    for package in "$@"; do is_installed "$package" || missing+=("$package"); done
    [ ${#missing[@]} -gt 0 ] || return 0
    [ "$(id -u)" = 0 ] || die "These packages are missing: ${missing[*]}." "Run as root: apt-get install --no-install-recommends ${missing[*]}"
    mkdir -p "$CACHE"
    (
        exec 8>"$CACHE/apt.lock"
        flock 8
        apt_lists "${missing[@]}"
        say "installing ${missing[*]}"
        export DEBIAN_FRONTEND=noninteractive
        # Waits for another apt (unattended-upgrades, a second test run) instead of failing at once.
        apt_retry apt-get -qq -y -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 install --no-install-recommends "${missing[@]}" 8>&-
    ) || die "apt-get could not install ${missing[*]}." "Read the lines above; 'dpkg --configure -a' repairs an interrupted installation."
}

apt_unpack() {
    local into=$1 package work
    shift
    work=$(mktemp -d "$into.debs.XXXXXX")
    apt_lists "$@"
    # As root apt would warn that its own user cannot write here; the archives are verified all the same.
    (cd "$work" && apt_retry apt-get -qq -o APT::Sandbox::User=root download "$@") || die "apt-get could not download $*." "Check the network and the files below /etc/apt."
    for package in "$work"/*.deb; do dpkg-deb -x "$package" "$into"; done
    rm -rf "$work"
}

# COMMAND is a program, not a function: bash ignores 'set -e' in everything that a '||' looks at, and a build must stop at its first error.
cached() {
    local name=$1
    shift
    if [ ! -e "$CACHE/$name" ]; then
        mkdir -p "$CACHE"
        (
            exec 9>"$CACHE/$name.lock"
            flock -n 9 || { say "waiting for another run that builds $name" && flock 9; }
            [ ! -e "$CACHE/$name" ] || exit 0
            # The build inherits the lock, so what lies here has no builder any more, even if only the caller of that build was killed.
            rm -rf "$CACHE/$name.work"
            mkdir -p "$CACHE/$name.work/tmp" "$CACHE/$name.work/result" &&
                "$@" "$CACHE/$name.work/tmp" "$CACHE/$name.work/result" >&2 &&
                sync -f "$CACHE/$name.work/result" &&
                mv -T "$CACHE/$name.work/result" "$CACHE/$name" &&
                rm -rf "$CACHE/$name.work"
        ) || die "$name could not be built." "Read the lines above; the next run starts it anew. Half-built files: $CACHE/$name.work"
    fi
    printf '%s\n' "$CACHE/$name"
}

# The reservation keeps two scripts that look at the same moment from taking the same port; it is needed only until the server listens.
# The range lies below the kernel's ephemeral ports (32768 and up), so no client connection takes a port between look and use.
free_port() {
    local port try reserved=${TMPDIR:-/tmp}/provisioning-ports-$UID
    mkdir -p "$reserved"
    find "$reserved" -ignore_readdir_race -type f -mmin +30 -delete
    for ((try = 0; try < 200; try++)); do
        port=$((20000 + SRANDOM % 12000))
        if (set -o noclobber && : >"$reserved/$port") 2>/dev/null && ! port_in_use "$port"; then
            printf '%s\n' "$port"
            return
        fi
    done
    die "No free TCP port between 20000 and 31999." "Stop what listens there, or remove $reserved."
}

port_in_use() {
    local hex
    hex=$(printf '%04X' "$1")
    awk -v port=":$hex" '$4 == "0A" && substr($2, length($2) - 4) == port { found = 1 } END { exit !found }' /proc/net/tcp /proc/net/tcp6 2>/dev/null
}

is_process() {
    local exe
    [[ $1 =~ ^[0-9]+$ ]] || return 1
    exe=$(readlink "/proc/$1/exe" 2>/dev/null) || return 1
    # The kernel marks a program whose file was replaced while it runs.
    exe=${exe% (deleted)}
    [ "${exe##*/}" = "$2" ] && grep -qzF -- "$3" "/proc/$1/cmdline" 2>/dev/null
}

end_process() {
    local try signal
    for signal in TERM KILL; do
        is_process "$@" || return 0
        kill -s "$signal" "$1" 2>/dev/null || true
        for ((try = 0; try < 100; try++)); do
            is_process "$@" || return 0
            sleep 0.1
        done
    done
    die "Process $1 ($2) does not end, not even by SIGKILL." "Look at /proc/$1/status; it may wait for a disk."
}

# The child writes the pid itself: a script killed between start and note would leave a daemon that nobody finds.
spawn() {
    local pidfile=$1 log=$2
    shift 2
    rm -f "$pidfile"
    # shellcheck disable=SC2016
    setsid --fork bash -c 'printf "%s\n" "$$" >"$0.new" && mv "$0.new" "$0" && exec "$@"' "$pidfile" "$@" </dev/null >>"$log" 2>&1 7>&- 8>&- 9>&-
    wait_for 30 test -s "$pidfile" || die "$1 was not started within 30 s." "Read $log."
}

read_pid() { cat "$1" 2>/dev/null || true; }

# need PROGRAM PACKAGE: a machine that has the program from elsewhere keeps it.
need() { command -v "$1" >/dev/null || apt_install "$2"; }

wait_for() {
    local end=$((EPOCHSECONDS + $1))
    shift
    until "$@"; do
        [ "$EPOCHSECONDS" -lt "$end" ] || return 1
        sleep 0.1
    done
}
