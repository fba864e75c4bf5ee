# shellcheck shell=sh
[ -n "$load" ] || skip "the machine was adopted, not loaded"
if [ ! -e /etc/machine-id ] && [ ! -e /var/lib/dbus/machine-id ]; then skip "the machine has no machine-id"; fi
mark=$(cat "$state/machine-id" 2>/dev/null)

# Made after this system booted: then it is not the image's. Ids that are there are kept where possible, since DHCP addresses can hang on them.
made_since_boot() {
    made=$(stat -c %Y /etc/machine-id 2>/dev/null) || return 1
    booted=$(awk '$1 == "btime" { print $2 }' /proc/stat)
    [ -n "$booted" ] && [ "$made" -ge "$booted" ] && [ "$made" -le "$(date +%s)" ]
}

valid() { grep -Eqx '[0-9a-f]{32}' /etc/machine-id 2>/dev/null && [ "$(wc -l </etc/machine-id)" -le 1 ]; }

if [ -e /etc/machine-id ] && { ! valid || { [ "$mark" != "$load" ] && [ "$mark" != cleared ] && ! made_since_boot; }; }; then
    tr -d - </proc/sys/kernel/random/uuid | replace /etc/machine-id 444 || fail "/etc/machine-id cannot be written."
    valid || fail "/etc/machine-id was written and is not valid."
    result=changed
fi
if [ -f /var/lib/dbus/machine-id ] && [ ! -L /var/lib/dbus/machine-id ]; then
    if [ ! -e /etc/machine-id ]; then
        if [ "$mark" != "$load" ]; then
            tr -d - </proc/sys/kernel/random/uuid | replace /var/lib/dbus/machine-id 644 || fail "/var/lib/dbus/machine-id cannot be written."
            result=changed
        fi
    elif ! cmp -s /etc/machine-id /var/lib/dbus/machine-id; then
        replace /var/lib/dbus/machine-id 644 </etc/machine-id || fail "/var/lib/dbus/machine-id cannot be written."
        result=changed
    fi
fi
if [ "$mark" != "$load" ]; then
    printf '%s\n' "$load" | replace "$state/machine-id" 644 || fail "$state/machine-id cannot be written."
    result=changed
fi
finish
