# shellcheck shell=sh
# $1: poweroff or reboot. Asks and answers at once; the connection breaks soon after.
what=$1
[ "$(id -u)" = 0 ] || fail "The login is not root: let spec.operatingSystem.user name a user with the rights of root."
boot=$(cat /proc/sys/kernel/random/boot_id) || fail "The machine has no boot id: is /proc mounted?"
mkdir -p "$state" 2>/dev/null
record=$state/$what
before='' at=''
read -r before at 2>/dev/null <"$record"

if [ "$before" = "$operation" ] && [ "$at" != "$boot" ] && [ "$what" = reboot ]; then
    echo "The machine has been rebooted for this operation already."
    finish
fi
if [ "$before" != "$operation" ] || [ "$at" != "$boot" ]; then
    # Before the reboot, and on the disk: it is what keeps a repeated call from rebooting twice. A power-off only reports by it.
    printf '%s %s\n' "$operation" "$boot" 2>/dev/null | replace "$record" 644 2>/dev/null || {
        [ "$what" = poweroff ] || fail "$record cannot be written, and without it a repeated request could reboot the machine twice: is the file system mounted read-only, or full?"
    }
    result=changed
fi

# Again with every call for the same boot: whoever died after writing the record may not have asked.
if [ -d /run/systemd/system ]; then
    # By the service manager and not by a process of this session, which the end of the session could kill.
    unit=provisioning-$what
    systemctl is-active -q "$unit.timer" "$unit.service" 2>/dev/null && finish
    { have systemd-run && systemd-run -q --unit="$unit" --on-active=1 --timer-property=AccuracySec=100ms systemctl --no-block "$what"; } >/dev/null 2>&1 ||
        systemctl --no-block "$what" >/dev/null 2>&1 || fail "'systemctl $what' was refused: run it on the machine to see why."
    finish
fi
set -- "$what"
case $(sed -n 1p /proc/1/comm 2>/dev/null) in
    openrc-init) if [ "$what" = reboot ]; then set -- openrc-shutdown --reboot now; else set -- openrc-shutdown --poweroff now; fi ;;
    *)
        if ! have "$what"; then
            if [ "$what" = reboot ]; then set -- shutdown -r now; else set -- shutdown -h -P now; fi
        fi ;;
esac
have "$1" || fail "The machine has no program $1."
trap '' HUP
# shellcheck disable=SC2016
later='sleep 1; exec "$@"'
if have setsid; then
    setsid sh -c "$later" sh "$@" </dev/null >/dev/null 2>&1 &
else
    sh -c "$later" sh "$@" </dev/null >/dev/null 2>&1 &
fi
finish
