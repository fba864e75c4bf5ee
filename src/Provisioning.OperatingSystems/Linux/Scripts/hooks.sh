# shellcheck shell=sh
hooks=/etc/provisioning/$stage.d
limit=300
job=$state/jobs/$operation-$stage
[ -d "$hooks" ] || skip "no $hooks"

trusted() { [ -n "$(find "$1/." -prune -user 0 ! -perm -020 ! -perm -002 2>/dev/null)" ]; }
trusted "$hooks" || fail "$hooks must belong to root and be writable by root alone."

names=
for hook in "$hooks"/*; do
    name=${hook##*/}
    case $name in *[!A-Za-z0-9._-]* | *~ | .* | -*) continue ;; esac
    if [ -f "$hook" ] && [ ! -L "$hook" ] && [ -n "$(find "$hook" -user 0 -perm -100 ! -perm -020 ! -perm -002)" ]; then names="$names $name"; fi
done
[ -n "$names" ] || skip "no hooks in $hooks (executable files that only root can write)"

# The hooks run apart from this session, once for an operation: whoever comes back after a crash finds them running, or ended.
# shellcheck disable=SC2016
runner='
    job=$1 hooks=$2 limit=$3
    shift 3
    write() { cat >"$job/.$1" && mv -f "$job/.$1" "$job/$1"; }
    printf "%s %s\n" $$ "$(cat /proc/sys/kernel/random/boot_id)" | write runner
    run() { if timeout 5 true 2>/dev/null; then timeout "$limit" "$@"; else "$@"; fi; }
    code=0 name=
    for name; do
        printf "%s\n" "$name" | write name
        run "$hooks/$name" </dev/null >"$job/output" 2>&1
        code=$?
        [ $code = 0 ] || break
    done
    printf "%s\n" $code | write exit'

running() {
    read -r process boot 2>/dev/null <"$job/runner" || return 1
    [ "$boot" = "$(cat /proc/sys/kernel/random/boot_id)" ] && tr '\0' ' ' <"/proc/$process/cmdline" 2>/dev/null | grep -qF "$job"
}

start() {
    rm -rf "$job"
    mkdir -p "$job" || fail "$job cannot be made."
    export PROVISIONING_STAGE="$stage" PROVISIONING_OPERATION="$operation" PROVISIONING_IMAGE="$image" PROVISIONING_REVISION="$revision" \
        PROVISIONING_DIGEST="$digest" PROVISIONING_NAMESPACE="$namespace" PROVISIONING_NODE="$node"
    trap '' HUP
    # The names have no blanks.
    # shellcheck disable=SC2086
    if have setsid; then
        setsid sh -c "$runner" sh "$job" "$hooks" "$limit" $names </dev/null >/dev/null 2>&1 &
    else
        sh -c "$runner" sh "$job" "$hooks" "$limit" $names </dev/null >/dev/null 2>&1 &
    fi
    tries=0
    while [ ! -e "$job/runner" ] && [ $tries -lt 5 ]; do pause; done
}
pause() {
    if [ $tries -gt 2 ] || ! sleep 0.1 2>/dev/null; then sleep 1; fi
    tries=$((tries + 1))
}

if [ ! -e "$job/exit" ] && ! running; then start; fi
tries=0
while [ ! -e "$job/exit" ] && running && [ $tries -lt 8 ]; do pause; done

code=$(cat "$job/exit" 2>/dev/null)
name=$(cat "$job/name" 2>/dev/null)
case $code in
    0)
        rm -f "$job/output"
        if [ ! -e "$job/seen" ]; then : >"$job/seen"; result=changed; fi
        finish ;;
    '')
        if ! running; then fail "The hooks of $hooks ended without a result."; fi
        printf 'The hook %s/%s is running.\n' "$hooks" "$name"
        result=running
        finish ;;
    124 | 143) reason="did not end within $limit s" ;;
    *) reason="ended with code $code" ;;
esac
printf 'The hook %s/%s %s. It said: ' "$hooks" "$name" "$reason"
tail -c 300 "$job/output" 2>/dev/null
result=failed
finish
