# shellcheck shell=sh
# Programs that run apart from this session, once for an operation: whoever comes back after a crash finds them running, or ended. $job: their folder.
# shellcheck disable=SC2016
runner='
    job=$1 limit=$2
    shift 2
    write() { cat >"$job/.$1" && mv -f "$job/.$1" "$job/$1"; }
    printf "%s %s\n" $$ "$(cat /proc/sys/kernel/random/boot_id)" | write runner
    if timeout -k 5 5 true 2>/dev/null; then
        run() { timeout -k 10 "$limit" "$@"; }
    elif timeout 5 true 2>/dev/null; then
        run() { timeout "$limit" "$@"; }
    else
        run() {
            "$@" &
            child=$!
            { sleep "$limit" && kill "$child" && sleep 10 && kill -9 "$child"; } >/dev/null 2>&1 &
            guard=$!
            wait "$child"
            code=$?
            kill "$guard"
            return $code
        }
    fi
    code=0
    for each; do
        printf "%s\n" "$each" | write name
        run "$each" </dev/null >"$job/output" 2>&1
        code=$?
        [ $code = 0 ] || break
    done
    printf "%s\n" $code | write exit'

running() {
    read -r process boot 2>/dev/null <"$job/runner" || return 1
    [ "$boot" = "$(cat /proc/sys/kernel/random/boot_id)" ] && tr '\0' ' ' <"/proc/$process/cmdline" 2>/dev/null | grep -qF "$job"
}

pause() {
    if [ $tries -gt 2 ] || ! sleep 0.1 2>/dev/null; then sleep 1; fi
    tries=$((tries + 1))
}

new_job() {
    rm -rf "$job"
    { mkdir -p "$job" && chmod 700 "$job"; } || fail "$job cannot be made: is the file system mounted read-only, or full?"
}

# $1: seconds; then the programs.
start() {
    export PROVISIONING_STAGE="$stage" PROVISIONING_OPERATION="$operation" PROVISIONING_IMAGE="$image" PROVISIONING_REVISION="$revision" \
        PROVISIONING_DIGEST="$digest" PROVISIONING_NAMESPACE="$namespace" PROVISIONING_NODE="$node"
    trap '' HUP
    if have setsid; then
        setsid sh -c "$runner" sh "$job" "$@" </dev/null >/dev/null 2>&1 &
    else
        sh -c "$runner" sh "$job" "$@" </dev/null >/dev/null 2>&1 &
    fi
    tries=0
    while [ ! -e "$job/runner" ] && [ $tries -lt 5 ]; do pause; done
}

await_end() {
    tries=0
    while [ ! -e "$job/exit" ] && running && [ $tries -lt 8 ]; do pause; done
}

# Answers for the job; $1: what it is called, $2: seconds that it has.
answer() {
    await_end
    # It may have ended between the two looks.
    if [ ! -e "$job/exit" ] && running; then
        printf '%s is running.\n' "$1"
        result=running
        finish
    fi
    code=$(cat "$job/exit" 2>/dev/null)
    if [ -n "$code" ]; then printf 'exit-code %s\n' "$code"; fi
    # Behind a word, so that nothing that a program prints is taken for an answer of ours.
    tail -c 3000 "$job/output" 2>/dev/null | tr -d '\000\r' | sed 's/^/output /'
    printf '\n'
    case $code in
        0)
            if [ ! -e "$job/seen" ]; then : >"$job/seen"; result=changed; fi
            finish ;;
        '') fail "$1 ended without a result, as when it is killed." ;;
        124 | 143) reason="did not end within $2 s" ;;
        137) reason="did not end within $2 s, or was killed" ;;
        *) reason="ended with code $code" ;;
    esac
    fail "$1 $reason. It said: $(tail -c 300 "$job/output" 2>/dev/null | tr '\000\r\n' '   ')"
}
