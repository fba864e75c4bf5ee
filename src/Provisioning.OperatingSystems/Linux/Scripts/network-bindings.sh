# shellcheck shell=sh
# A clone has other hardware addresses: settings that set this machine's are deleted, and what is found by its address is found by its name instead.
address='([0-9a-f]{2}[:-]){5}[0-9a-f]{2}'
named=
left() { case "$named " in *" $1 "*) ;; *) named="$named $1" ;; esac; }

# The file $1 gets what the program "$2..." makes of it, and keeps its owner and mode.
rewrite() {
    file=$1
    shift
    rm -f "$(staged "$file")"
    cp -p "$file" "$(staged "$file")" || fail "$file cannot be copied: is the file system mounted read-only, or full?"
    "$@" "$file" >"$(staged "$file")" || { rm -f "$(staged "$file")"; fail "$file cannot be rewritten: is the file system full?"; }
    if cmp -s "$(staged "$file")" "$file"; then rm -f "$(staged "$file")"; return; fi
    commit "$file" || { rm -f "$(staged "$file")"; fail "$file cannot be replaced."; }
    result=changed
}
usable() {
    [ -f "$1" ] && [ ! -L "$1" ] || return 1
    case ${1##*/} in .* | *~ | *.bak | *.orig | *.rpmsave | *.rpmnew | *.dpkg-*) return 1 ;; esac
    [ -r "$1" ] || fail "$1 cannot be read."
}
without() { awk -v pattern="$1" 'tolower($0) !~ pattern' "$2"; }
# Deletes the lines of file $1 that match $2 (in lower case).
strip() {
    usable "$1" || return 0
    grep -Eiq "$2" "$1" || return 0
    rewrite "$1" without "$2"
}

# "address name" of every interface that has a device, as it is now.
interfaces=$(for each in /sys/class/net/*; do
    name=${each##*/}
    if [ -e "$each/device" ] && [ -r "$each/address" ]; then printf '%s %s\n' "$(tr 'A-F' 'a-f' <"$each/address")" "$name"; fi
done)

remove /etc/udev/rules.d/70-persistent-net.rules /etc/udev/rules.d/70-persistent-cd.rules

# NetworkManager: a keyword like "stable" or "preserve" is no address and stays.
mac='[0-9a-f][0-9a-f][:-][0-9a-f][0-9a-f][:-][0-9a-f][0-9a-f][:-][0-9a-f][0-9a-f][:-][0-9a-f][0-9a-f][:-][0-9a-f][0-9a-f]'
for file in /etc/NetworkManager/system-connections/*; do
    strip "$file" "^[ 	]*(mac-address|cloned-mac-address)[ 	]*=[ 	]*$mac"
    strip "$file" "^[ 	]*(dhcp-client-id|dhcp-duid)[ 	]*=[ 	]*([0-9a-f][0-9a-f]:)*$mac"
done
# ifcfg files of the RHEL family and of wicked.
for file in /etc/sysconfig/network-scripts/ifcfg-* /etc/sysconfig/network/ifcfg-*; do strip "$file" "^[ 	]*(hwaddr|macaddr|lladdr)[ 	]*="; done
for file in /etc/network/interfaces /etc/network/interfaces.d/*; do strip "$file" "^[ 	]*hwaddress[ 	]"; done

# netplan: "macaddress" below "match" finds the interface, elsewhere it sets its address.
netplan() {
    awk -v interfaces="$interfaces" '
        BEGIN { count = split(interfaces, list, "\n"); for (i = 1; i <= count; i++) { split(list[i], pair, " "); names[pair[1]] = pair[2] } }
        {
            line = $0
            text = line
            sub(/^[ ]*/, "", text)
            indent = length(line) - length(text)
            if (text ~ /^match:/) { inside = 1; depth = indent } else if (text != "" && text !~ /^#/ && indent <= depth) inside = 0
            low = tolower(line)
            if (text !~ /^#/ && match(low, /macaddress:[ ]*["\047]?[0-9a-f][0-9a-f](:[0-9a-f][0-9a-f])+["\047]?/)) {
                start = RSTART; size = RLENGTH
                address = substr(low, start, size)
                gsub(/^macaddress:|[ "\047]/, "", address)
                if (inside) {
                    if (address in names) line = substr(line, 1, start - 1) "name: \"" names[address] "\"" substr(line, start + size)
                } else if (low ~ /^[ ]*macaddress:/) next
            }
            print line
        }' "$1"
}
for file in /etc/netplan/*.yaml; do
    usable "$file" || continue
    if grep -qi 'macaddress:' "$file"; then rewrite "$file" netplan; fi
done

# systemd-networkd: in [Match] an address finds the interface, in [Link] it sets the address. A .link gives the name, so it cannot find the interface by it.
networkd() {
    awk -v interfaces="$interfaces" '
        BEGIN { count = split(interfaces, list, "\n"); for (i = 1; i <= count; i++) { split(list[i], pair, " "); names[pair[1]] = pair[2] } }
        /^[ \t]*\[/ { section = tolower($0); gsub(/[^a-z0-9]/, "", section) }
        {
            low = tolower($0)
            if (low ~ /^[ \t]*(permanent)?macaddress[ \t]*=/) {
                address = low
                sub(/^[^=]*=[ \t]*/, "", address)
                gsub(/[ \t]+$/, "", address)
                gsub(/-/, ":", address)
                if (section == "match" && address in names) { print "Name=" names[address]; next }
                if (section == "link") next
            }
            print
        }' "$1"
}
for file in /etc/systemd/network/*.network; do
    usable "$file" || continue
    if grep -Eiq '^[[:space:]]*(Permanent)?MACAddress[[:space:]]*=' "$file"; then rewrite "$file" networkd; fi
done

for file in /etc/netplan/*.yaml /etc/systemd/network/*.link /etc/systemd/network/*.network /etc/network/interfaces /etc/network/interfaces.d/* \
    /etc/sysconfig/network/ifcfg-*:* /etc/udev/rules.d/*.rules /etc/NetworkManager/conf.d/*.conf /etc/dhcp/dhclient.conf /etc/dhcpcd.conf; do
    if [ -f "$file" ] && grep -Ev '^[[:space:]]*#' "$file" 2>/dev/null | grep -Eiq "$address"; then left "$file"; fi
done
if [ -n "$named" ]; then printf 'These name a hardware address, which a clone does not have, and are left as they are:%s\n' "$named"; fi
finish
