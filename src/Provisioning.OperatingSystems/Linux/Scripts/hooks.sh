# shellcheck shell=sh
hooks=/etc/provisioning/$stage.d
limit=300
job=$state/jobs/$operation-$stage
[ -d "$hooks" ] || skip "no $hooks"

trusted() { [ -n "$(find "$1/." -prune -user 0 ! -perm -020 ! -perm -002 2>/dev/null)" ]; }
trusted "$hooks" || fail "$hooks must belong to root and be writable by root alone."

set --
for hook in "$hooks"/*; do
    name=${hook##*/}
    case $name in *[!A-Za-z0-9._-]* | *~ | .* | -*) continue ;; esac
    if [ -f "$hook" ] && [ ! -L "$hook" ] && [ -n "$(find "$hook" -user 0 -perm -100 ! -perm -020 ! -perm -002)" ]; then set -- "$@" "$hook"; fi
done
[ $# -gt 0 ] || skip "no hooks in $hooks (executable files that only root can write)"

if [ ! -e "$job/exit" ] && ! running; then
    new_job
    start "$limit" "$@"
fi
# Only then is it known which of them was the last.
await_end
answer "The hook $(cat "$job/name" 2>/dev/null)" "$limit"
