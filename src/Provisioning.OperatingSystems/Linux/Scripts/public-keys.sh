# shellcheck shell=sh
# The private host key files that the SSH servers of this machine use, one a line: those that sshd's configuration names, else its defaults; dropbear's.
openssh_key_files() {
    named=$(cat /etc/ssh/sshd_config /etc/ssh/sshd_config.d/*.conf 2>/dev/null |
        sed -n 's/^[[:space:]]*[Hh][Oo][Ss][Tt][Kk][Ee][Yy][[:space:]=]\{1,\}"\{0,1\}\(\/[^"]*[^"[:space:]]\)"\{0,1\}[[:space:]]*$/\1/p')
    [ -n "$named" ] || named=$(printf '%s\n' /etc/ssh/ssh_host_rsa_key /etc/ssh/ssh_host_ecdsa_key /etc/ssh/ssh_host_ed25519_key)
    printf '%s\n' "$named" | existing
}

dropbear_key_files() {
    have dropbearkey || return 0
    printf '%s\n' /etc/dropbear/dropbear_rsa_host_key /etc/dropbear/dropbear_ecdsa_host_key /etc/dropbear/dropbear_ed25519_host_key | existing
}

existing() { while IFS= read -r file; do if [ -s "$file" ]; then printf '%s\n' "$file"; fi; done; }

# The public key of the private key file $1, from the private key itself, since a .pub beside it may be another's.
public_key() {
    case $1 in
        */dropbear/*) dropbearkey -y -f "$1" 2>/dev/null | grep -E '^(ssh|ecdsa)-' ;;
        *) if have ssh-keygen; then ssh-keygen -y -P '' -f "$1" 2>/dev/null </dev/null; else cat "$1.pub"; fi ;;
    esac | cut -d ' ' -f 1,2
}

# Prints each public key after the word $1; standard input: private key files.
print_public_keys() { while IFS= read -r file; do printf '%s %s\n' "$1" "$(public_key "$file")"; done; }
