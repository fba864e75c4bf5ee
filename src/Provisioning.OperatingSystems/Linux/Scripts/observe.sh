# shellcheck shell=sh
# Read-only. $1: most bytes of currentimage.txt.
limit=$1
printf 'boot-id %s\n' "$(cat /proc/sys/kernel/random/boot_id 2>/dev/null)"
home=~root
case $home in /*) ;; *) home=/root ;; esac
file=$home/currentimage.txt
if [ ! -d "$home" ] || [ ! -x "$home" ]; then
    # Not the same as missing: it may well be there.
    printf 'unreadable the folder %s cannot be opened with this login\n' "$home"
elif [ ! -e "$file" ]; then
    echo missing
elif [ ! -f "$file" ]; then
    echo 'unreadable it is not a file'
elif ! have od; then
    echo 'unreadable the machine has no program od'
else
    # As hexadecimal digits, so that no byte of it can be taken for an answer of ours. Beside them, whether the reading failed: half a file may not pass for a whole one.
    digits=$({ { head -c $((limit + 1)) "$file" 2>/dev/null || echo failed >&3; } | od -An -v -tx1 | tr -d ' \n'; } 3>&1)
    if [ -z "$digits" ] && [ -s "$file" ]; then digits=failed; fi
    case $digits in
        *failed*) echo 'unreadable the machine cannot read it' ;;
        *) printf 'contents %s\n' "$digits" ;;
    esac
fi
{ openssh_key_files; dropbear_key_files; } | print_public_keys host-key | head -n 8
finish
