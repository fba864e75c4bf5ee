# shellcheck shell=sh
# $1: SHA-256 of the contents that are to be replaced, "none" if there were none, "any" if it does not matter. Standard input: the new contents.
home=~root
case $home in /*) ;; *) home=/root ;; esac
file=$home/currentimage.txt
if [ -d "$file" ] && [ ! -L "$file" ]; then fail "$file is a folder: delete it."; fi
present() { if [ -e "$file" ]; then sha256sum <"$file" | cut -c 1-64; else echo none; fi; }
if [ "$1" != any ] && [ "$(present)" != "$1" ]; then fail "conflict: $file was changed meanwhile."; fi
replace "$file" 644 || fail "$file cannot be written: is the file system mounted read-only, or full?"
sync
result=changed
finish
