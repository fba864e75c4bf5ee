# shellcheck shell=sh
remove /var/lib/dhcp/*.lease* /var/lib/dhclient/*.lease* /var/lib/dhcpcd/*.lease* /var/lib/dhcpcd/duid /var/lib/dhcpcd/secret /etc/dhcpcd.duid \
    /var/lib/NetworkManager/*.lease /var/lib/NetworkManager/secret_key
finish
