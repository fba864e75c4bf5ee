# shellcheck shell=sh
remove /var/lib/systemd/random-seed /var/lib/urandom/random-seed /var/lib/random-seed /var/lib/misc/random-seed /var/lib/seedrng/seed.* /etc/random-seed
finish
