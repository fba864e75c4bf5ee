# shellcheck shell=sh
# $1: name of the hook. $2: seconds that it has. Standard input: the program.
job=$state/jobs/$operation-$stage-hook-$1
if [ ! -e "$job/exit" ] && ! running; then
    new_job
    cat >"$job/script" || fail "$job/script cannot be written: is the file system full?"
    [ -s "$job/script" ] || fail "The program of the hook did not arrive."
    if [ "$(head -c 2 "$job/script")" != '#!' ]; then
        { { printf '#!/bin/sh\n'; cat "$job/script"; } >"$job/.script" && mv -f "$job/.script" "$job/script"; } || fail "$job/script cannot be written: is the file system full?"
    fi
    chmod 700 "$job/script"
    export PROVISIONING_HOOK="$1"
    start "$2" "$job/script"
else
    cat >/dev/null
fi
answer "The hook $1" "$2"
