# shellcheck shell=sh
# Sockets, pipes and the folders of running services stay: the machine may go on being used if the capture fails.
leftovers() {
    folder=$1
    shift
    find "$folder" -xdev -depth ! -path "$folder" ! -type s ! -type p ! -path "$folder/systemd-private-*" ! -path "$folder/lost+found" "$@" 2>/dev/null
}
for folder in /tmp /var/tmp; do
    if [ ! -d "$folder" ] || [ -L "$folder" ]; then continue; fi
    # In memory, so not in the image.
    if awk -v folder="$folder" '$2 == folder && $3 == "tmpfs" { found = 1 } END { exit !found }' /proc/mounts 2>/dev/null; then continue; fi
    before=$(leftovers "$folder" -print | wc -l)
    [ "$before" -gt 0 ] || continue
    delete leftovers "$folder"
    [ "$(leftovers "$folder" -print | wc -l)" -ge "$before" ] || result=changed
done
finish
