# shellcheck shell=sh
[ -n "$load" ] || skip "the machine was adopted, not loaded"
list=$state/host-keys.staged
own() { { openssh_key_files; dropbear_key_files; } | print_public_keys host-key; }

if [ "$(cat "$state/host-keys" 2>/dev/null)" = "$load" ]; then own; finish; fi
[ -f "$list" ] || skip "no new host keys were made"
[ "$(sed -n 1p "$list")" = "$load" ] || fail "$list belongs to another load."

# The process above this session that listens for connections. It alone must read the new keys; sessions, this one too, must live on.
listens() {
    # shellcheck disable=SC2012
    ls -l "/proc/$1/fd" 2>/dev/null | sed -n 's/.*socket:\[\([0-9]*\)\]$/\1/p' >"$state/sockets"
    cat /proc/net/tcp /proc/net/tcp6 2>/dev/null | awk 'NR == FNR { mine[$1] = 1; next } $4 == "0A" && ($10 in mine) { found = 1 } END { exit !found }' "$state/sockets" -
}
name_of() { sed -n 's/^Name:[[:space:]]*//p' "/proc/$1/status" 2>/dev/null; }
parent_of() { sed -n 's/^PPid:[[:space:]]*//p' "/proc/$1/status" 2>/dev/null; }
server=
process=$$
while [ -n "$process" ] && [ "$process" -gt 1 ]; do
    case $(name_of "$process") in sshd* | dropbear*) if listens "$process"; then server=$process; fi ;; esac
    process=$(parent_of "$process")
done
kind=
if [ -n "$server" ]; then kind=$(name_of "$server"); fi

case $kind in
    sshd*)
        program=$(readlink "/proc/$server/exe")
        "$program" -t 2>/dev/null || fail "sshd would not start again with its configuration: 'sshd -t' says why." ;;
    dropbear*)
        if [ -d /run/systemd/system ] && ! systemctl show -p KillMode dropbear.service 2>/dev/null | grep -qx KillMode=process; then
            fail "dropbear.service has not KillMode=process, so a restart would end this session: set it in the image."
        fi ;;
esac

# After a crash some are in place already.
sed 1d "$list" | while IFS= read -r file; do
    new=$(staged "$file")
    if [ ! -e "$new" ]; then continue; fi
    chmod 600 "$new" || exit 1
    if [ -e "$new.pub" ]; then
        chmod 644 "$new.pub" && mv -f "$new.pub" "$file.pub" || exit 1
    fi
    mv -f "$new" "$file" || exit 1
    if have restorecon; then restorecon "$file" "$file.pub" >/dev/null 2>&1; fi
done || fail "The new host keys cannot be moved into their places."
sync

# Detached: if the connection broke between the end of the old server and the start of the new, nobody could log in any more.
detached() { if have setsid; then setsid "$@"; else "$@"; fi </dev/null >/dev/null 2>&1 & }
# shellcheck disable=SC2016
again='kill "$1"; tries=0; while [ -e "/proc/$1" ] && [ $tries -lt 10 ]; do sleep 1; tries=$((tries + 1)); done; shift; exec "$@"'
other_listener() {
    for each in /proc/[0-9]*; do
        each=${each#/proc/}
        if [ "$each" != "$server" ] && [ "$(name_of "$each")" = "$kind" ] && listens "$each"; then return 0; fi
    done
    return 1
}
restart_dropbear() {
    set --
    while IFS= read -r argument; do set -- "$@" "$argument"; done <<ARGUMENTS
$(tr '\0' '\n' <"/proc/$server/cmdline")
ARGUMENTS
    program=$(readlink "/proc/$server/exe")
    shift
    if [ -d /run/systemd/system ]; then
        detached systemctl restart dropbear.service
    elif [ "$(parent_of "$server")" != 1 ] || printf '%s\n' "$@" | grep -q '^-[A-Za-z]*F'; then
        # In the foreground: what keeps it running starts it again.
        kill "$server"
    else
        trap '' HUP
        detached sh -c "$again" sh "$server" "$program" "$@"
    fi
    for _ in 1 2 3 4 5 6 7 8 9 10 11 12; do
        if other_listener; then return 0; fi
        sleep 1
    done
    return 1
}
case $kind in
    sshd*) kill -HUP "$server" || fail "sshd cannot be told to read the new host keys." ;;
    dropbear*) restart_dropbear || fail "dropbear did not start again: look at the machine's console before the session that is open now ends." ;;
    *) echo "No listening SSH server was found above this session: it shows the new keys from its next start." ;;
esac
rm -f "$state/sockets"
printf '%s\n' "$load" | replace "$state/host-keys" 644 || fail "$state/host-keys cannot be written."
rm -f "$list"
own
result=changed
finish
