# shellcheck shell=sh
if [ ! -e /etc/machine-id ] && [ ! -e /var/lib/dbus/machine-id ]; then skip "the machine has no machine-id"; fi
# Says to post-load that the id which it finds on a clone was made there, at its first boot. First, since without it a clone would just get a new one.
if [ -s /etc/machine-id ] || [ "$(cat "$state/machine-id" 2>/dev/null)" != cleared ]; then
    echo cleared | replace "$state/machine-id" 644 || fail "$state/machine-id cannot be written."
    result=changed
fi
if [ -f /var/lib/dbus/machine-id ] && [ ! -L /var/lib/dbus/machine-id ]; then
    rm -f /var/lib/dbus/machine-id || fail "/var/lib/dbus/machine-id cannot be deleted."
    if [ -e /etc/machine-id ]; then ln -s /etc/machine-id /var/lib/dbus/machine-id; fi
    result=changed
fi
if [ -s /etc/machine-id ]; then
    # Empty, not absent: machine-id(5) makes a new one at boot, also where /etc is read-only at that time.
    : >/etc/machine-id || fail "/etc/machine-id cannot be emptied."
    result=changed
fi
finish
