# shellcheck shell=sh
[ "$(id -u)" = 0 ] || fail "The login is not root: let spec.operatingSystem.user name a user with the rights of root."
mkdir -p "$state" 2>/dev/null || fail "The folder $state cannot be made: is the file system mounted read-only, or full?"
chmod 700 "$state"
{ printf 'x' >"$state/.probe" && rm -f "$state/.probe"; } 2>/dev/null || fail "The folder $state cannot be written: is the file system mounted read-only, or full?"
# What system it is stands in the report; what is done depends on the files and programs that are there.
told=$(sed -n -e 's/^ID="\{0,1\}\([A-Za-z0-9._-]*\)"\{0,1\}[[:space:]]*$/\1/p' /etc/os-release /usr/lib/os-release 2>/dev/null | sed -n 1p)
like=$(sed -n -e 's/^ID_LIKE="\{0,1\}\([A-Za-z0-9._ -]*\)"\{0,1\}[[:space:]]*$/\1/p' /etc/os-release /usr/lib/os-release 2>/dev/null | sed -n 1p)
family=
for each in $told $like; do
    case $each in
        debian | ubuntu) family=Debian ;;
        rhel | fedora | centos) family=RHEL ;;
        suse | opensuse | sles | opensuse-* | sled) family=SUSE ;;
        alpine) family=Alpine ;;
        *) continue ;;
    esac
    break
done
if [ -d /run/systemd/system ]; then init=systemd; elif [ -d /run/openrc ] || [ -e /sbin/openrc ]; then init=OpenRC; else init="another init"; fi
network=
if [ -d /etc/NetworkManager ]; then network="$network, NetworkManager"; fi
if [ -d /etc/netplan ]; then network="$network, netplan"; fi
if [ -e /etc/network/interfaces ]; then network="$network, ifupdown"; fi
if [ -d /etc/wicked ]; then network="$network, wicked"; fi
for each in /etc/systemd/network/*.network; do if [ -e "$each" ]; then network="$network, systemd-networkd"; break; fi; done
if [ -n "$family" ]; then family="$family family"; else family="of no family that is known"; fi
printf '%s (%s), %s%s\n' "${told:-unnamed system}" "$family" "$init" "$network"
finish
