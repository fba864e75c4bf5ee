# shellcheck shell=sh
# Deletes the lines of file $1 that match $2, and keeps its owner and mode.
strip() {
    if [ ! -f "$1" ] || [ -L "$1" ] || ! grep -Eiq "$2" "$1"; then return; fi
    rm -f "$(staged "$1")"
    cp -p "$1" "$(staged "$1")" || fail "$1 cannot be copied."
    grep -Eiv "$2" "$1" >"$(staged "$1")"
    [ $? -le 1 ] || fail "$1 cannot be rewritten."
    commit "$1" || fail "$1 cannot be replaced."
    result=changed
}
address='([0-9a-f]{2}[:-]){5}[0-9a-f]{2}'
remove /etc/udev/rules.d/70-persistent-net.rules /etc/udev/rules.d/70-persistent-cd.rules
for file in /etc/NetworkManager/system-connections/*; do
    strip "$file" "^[[:space:]]*(mac-address|cloned-mac-address)[[:space:]]*=[[:space:]]*$address"
done
for file in /etc/sysconfig/network-scripts/ifcfg-*; do
    strip "$file" "^[[:space:]]*(HWADDR|MACADDR)[[:space:]]*="
done
for file in /etc/network/interfaces /etc/network/interfaces.d/*; do
    strip "$file" "^[[:space:]]*hwaddress[[:space:]]"
done
# Without such a line these would match every interface, so they are only named.
left=
for file in /etc/netplan/*.yaml /etc/systemd/network/*.link /etc/systemd/network/*.network; do
    if [ -f "$file" ] && grep -Eiq "$address" "$file"; then left="$left $file"; fi
done
if [ -n "$left" ]; then printf 'These name a hardware address, which a clone does not have:%s\n' "$left"; fi
finish
