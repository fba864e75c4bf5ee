# shellcheck shell=bash
# prometheus.sh - Prometheus and promtool from Debian's package, unpacked and not installed: no service comes with them. Source it after common.sh.
#
#   ensure_prometheus   prints the folder with both programs

ensure_prometheus() {
    printf '%s/usr/bin\n' "$(cached prometheus-1 "$BASH" "${BASH_SOURCE[0]}" build)"
}

# Called by `cached` as a program of its own: prometheus.sh build WORK RESULT.
if [ "${1:-}" = build ] && [ "${BASH_SOURCE[0]}" = "$0" ]; then
    # shellcheck source=common.sh
    source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
    say "fetching Prometheus"
    apt_unpack "$3" prometheus
    "$3/usr/bin/promtool" --version >/dev/null
fi
