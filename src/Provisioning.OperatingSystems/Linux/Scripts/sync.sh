# shellcheck shell=sh
sync || fail "The file systems cannot be written out."
finish
