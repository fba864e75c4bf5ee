# shellcheck shell=sh
# Only says so: a key may be what the image is for, and what is deleted here is lost on the machine that was captured.
found=
for file in /root/.ssh/id_*; do
    case $file in *.pub) continue ;; esac
    if [ -f "$file" ]; then found="$found ${file##*/}"; fi
done
if [ -n "$found" ]; then printf 'Private keys of root stay in the image:%s. A hook in /etc/provisioning/pre-capture.d can delete them.\n' "$found"; fi
finish
