# shellcheck shell=sh
[ -n "$host" ] || skip "no host name was asked for"
if [ "$(cat /etc/hostname 2>/dev/null)" != "$host" ]; then
    printf '%s\n' "$host" | replace /etc/hostname 644 || fail "/etc/hostname cannot be written."
    result=changed
fi
if [ "$(cat /proc/sys/kernel/hostname)" != "$host" ]; then
    hostname "$host" 2>/dev/null || printf '%s\n' "$host" >/proc/sys/kernel/hostname || fail "The host name of the running system cannot be set."
    result=changed
fi
# Where older systems of the SUSE and RHEL families keep it; elsewhere these files are missing, links or without the line.
if [ -f /etc/HOSTNAME ] && [ ! -L /etc/HOSTNAME ] && [ "$(cat /etc/HOSTNAME)" != "$host" ]; then
    printf '%s\n' "$host" | replace /etc/HOSTNAME 644 || fail "/etc/HOSTNAME cannot be written."
    result=changed
fi
if [ -f /etc/sysconfig/network ] && grep -q '^HOSTNAME=' /etc/sysconfig/network && ! grep -qxF "HOSTNAME=$host" /etc/sysconfig/network; then
    name=$host awk '/^HOSTNAME=/ { print "HOSTNAME=" ENVIRON["name"]; next } { print }' /etc/sysconfig/network >"$state/network" || fail "/etc/sysconfig/network cannot be read."
    replace /etc/sysconfig/network 644 <"$state/network" || fail "/etc/sysconfig/network cannot be written."
    rm -f "$state/network"
    result=changed
fi
# cloud-init would set the name that its data source tells at the next boot.
if [ -d /etc/cloud/cloud.cfg.d ] && [ ! -e /etc/cloud/cloud.cfg.d/99-provisioning-hostname.cfg ]; then
    printf 'preserve_hostname: true\n' | replace /etc/cloud/cloud.cfg.d/99-provisioning-hostname.cfg 644 || fail "/etc/cloud/cloud.cfg.d/99-provisioning-hostname.cfg cannot be written."
    result=changed
fi
# 127.0.1.1 is the line that installers make for the machine's own name; elsewhere a line is added only if the name is in none.
hosts() {
    name=$host awk '
        BEGIN { short = host = ENVIRON["name"]; sub(/\..*/, "", short); own = "127.0.1.1\t" host (short == host ? "" : " " short) }
        $1 == "127.0.1.1" { if (!done) print own; done = 1; next }
        { print }
        $1 !~ /^#/ { for (i = 2; i <= NF; i++) { if ($i ~ /^#/) break; if ($i == host) named = 1 } }
        END { if (!done && !named) print own }' "$@"
}
if [ -f /etc/hosts ]; then hosts /etc/hosts >"$state/hosts"; else hosts </dev/null >"$state/hosts"; fi || fail "/etc/hosts cannot be read."
if ! cmp -s "$state/hosts" /etc/hosts; then
    replace /etc/hosts 644 <"$state/hosts" || fail "/etc/hosts cannot be written."
    result=changed
fi
rm -f "$state/hosts"
finish
