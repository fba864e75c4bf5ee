# shellcheck shell=sh
# dhclient, dhcpcd, NetworkManager (its secret makes stable client ids and addresses), wicked, systemd-networkd.
remove /var/lib/dhcp/*.lease* /var/lib/dhcp3/*.lease* /var/lib/dhcp6/*.lease* /var/lib/dhclient/*.lease* \
    /var/lib/dhcpcd/*.lease* /var/lib/dhcpcd/duid /var/lib/dhcpcd/secret /etc/dhcpcd.duid \
    /var/lib/NetworkManager/*.lease /var/lib/NetworkManager/secret_key /var/lib/NetworkManager/no-auto-default.state \
    /var/lib/wicked/lease-*.xml /var/lib/wicked/duid.xml /var/lib/wicked/iaid.xml /var/lib/systemd/network/dhcp*
finish
