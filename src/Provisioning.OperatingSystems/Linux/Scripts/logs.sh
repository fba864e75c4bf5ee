# shellcheck shell=sh
[ -d /var/log ] || skip "no /var/log"
# By name: databases keep files below /var/log that are no logs.
rotated() {
    find /var/log -xdev -type f ! -path '/var/log/journal/*' \( -name '*.log.[0-9]*' -o -name '*.log-[0-9]*' -o -name '*.log.old' \
        -o -name '*log.[0-9]' -o -name '*log.*.gz' -o -name 'messages[-.][0-9]*' -o -name 'secure[-.][0-9]*' -o -name 'cron[-.][0-9]*' \
        -o -name 'maillog[-.][0-9]*' -o -name '[bw]tmp[-.][0-9]*' -o -name 'debug.[0-9]*' -o -name 'dmesg.[0-9]*' \) "$@" 2>/dev/null
}
current() {
    find /var/log -xdev -type f -size +0c ! -path '/var/log/journal/*' \( -name '*.log' -o -name syslog -o -name messages -o -name secure -o -name cron \
        -o -name maillog -o -name debug -o -name dmesg -o -name 'mail.*' -o -name wtmp -o -name btmp -o -name lastlog -o -name faillog \) "$@" 2>/dev/null
}
if [ -n "$(rotated -print)" ]; then
    delete rotated
    [ -z "$(rotated -print)" ] || fail "Rotated logs in /var/log cannot be deleted."
    result=changed
fi
if [ -n "$(current -print)" ]; then
    # Emptied, not deleted: their programs hold them open, and not all could make them again.
    # shellcheck disable=SC2016
    current -exec sh -c 'if [ ! -L "$1" ]; then : >"$1"; fi' sh '{}' \;
    result=changed
fi
finish
