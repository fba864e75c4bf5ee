# shellcheck shell=sh
[ -n "$load" ] || skip "the machine was adopted, not loaded"
list=$state/host-keys.staged

if [ "$(cat "$state/host-keys" 2>/dev/null)" = "$load" ]; then finish; fi
files=$({ if have ssh-keygen; then openssh_key_files; fi; dropbear_key_files; })
[ -n "$files" ] || skip "no SSH host keys, or no program that makes them, were found in the usual places"

make() {
    new=$(staged "$1")
    rm -f "$new" "$new.pub"
    kind=$(public_key "$1" | cut -d ' ' -f 1)
    case $1 in
        */dropbear/*)
            case $kind in
                ssh-rsa) dropbearkey -t rsa -f "$new" ;;
                ssh-ed25519) dropbearkey -t ed25519 -f "$new" ;;
                ecdsa-*) dropbearkey -t ecdsa -f "$new" ;;
                *) return 1 ;;
            esac ;;
        *)
            case $kind in
                ssh-rsa) ssh-keygen -q -t rsa -b 3072 -N '' -C '' -f "$new" ;;
                ssh-ed25519) ssh-keygen -q -t ed25519 -N '' -C '' -f "$new" ;;
                ecdsa-sha2-nistp*) ssh-keygen -q -t ecdsa -b "${kind#ecdsa-sha2-nistp}" -N '' -C '' -f "$new" ;;
                *) return 1 ;;
            esac ;;
    esac </dev/null >/dev/null 2>&1 && [ -n "$(public_key "$new")" ]
}

ready() {
    [ "$(sed -n 1p "$list" 2>/dev/null)" = "$load" ] || return 1
    [ "$(sed 1d "$list")" = "$files" ] || return 1
    sed 1d "$list" | while IFS= read -r file; do [ -n "$(public_key "$(staged "$file")")" ] || exit 1; done
}

if ! ready; then
    while IFS= read -r file; do make "$file" || fail "No new key can be made for $file."; done <<FILES
$files
FILES
    sync
    printf '%s\n' "$load" "$files" | replace "$list" 600 || fail "$list cannot be written."
    result=changed
fi
printf '%s\n' "$files" | print_public_keys host-key
sed 1d "$list" | while IFS= read -r file; do printf 'new-host-key %s\n' "$(public_key "$(staged "$file")")"; done
finish
