# shellcheck shell=sh
# A clone shows these at its first boot: that is how it is known before it is given keys of its own. Deleted, nobody could reach it.
{ openssh_key_files; dropbear_key_files; } | print_public_keys host-key
finish
