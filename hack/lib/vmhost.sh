#!/bin/bash
# vmhost.sh - a "VM host": a Unix user of its own with session libvirt (qemu:///session, TCG) and an sshd on a loopback address.
#
#   vmhost.sh start DIR   makes what is missing and starts what is not running; running domains are left alone. Needs root
#   vmhost.sh stop DIR    ends every process of that user, domains included; disks, images and definitions stay for the next start
#
# Several hosts may run at once. A host belongs to DIR as long as DIR exists; then its user and its files go to another one.
# Makes in DIR: id_ed25519(.pub) (client key), sshd.pid, libvirtd.pid, recorder.pid, sshd.log, libvirtd.log and vmhost.env: lines KEY=VALUE, where the
# value is the rest of the line: ADDRESS PORT USER HOST_KEY CLIENT_KEY HOME IMAGES DISKS COMMANDS_LOG EVENTS_LOG FAULTS GUEST_KEY IMAGE_CACHE.
#
# IMAGES holds writable copies of the images of images.sh. For SSH sessions virsh, qemu-img and sha256sum are wrappers:
# - each call is a line of COMMANDS_LOG: seconds since 1970, process id, program, quoted arguments;
# - a file FAULTS/PROGRAM is sourced by bash before the program would run; it knows $REAL (the real program) and "$@". Say
#   'sleep 60', 'exit 1', or '"$REAL" "$@"; exit 255' for an effect whose answer is lost; 'rm "$FAULT"' makes it happen once.
# EVENTS_LOG is what libvirt itself says of its domains ('virsh event'), whoever asked it: a line an event. After 'start' nothing escapes it, also where libvirtd
# was killed before: until it is recorded again, the virsh of SSH sessions waits.
# To make the host unreachable, end the process in DIR/sshd.pid; to take its libvirt away, the one in DIR/libvirtd.pid; `start` brings them back.

# shellcheck source=common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

LIB=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# Short, because libvirt makes sockets below it, whose paths may have 107 characters.
HOSTS=/var/lib/provvm

start() {
    [ "$(id -u)" = 0 ] || die "A VM host is a Unix user of its own; only root can make one." "Run this as root."
    apt_install libvirt-daemon libvirt-daemon-driver-qemu libvirt-clients qemu-system-x86 qemu-utils openssh-server openssh-client
    local images
    images=$("$LIB/images.sh" build)
    claim
    lay_out "$images"
    write_shims
    configure_sshd
    write_env "$images"
    : >"$HOST_HOME/unrecorded"
    start_libvirtd
    start_recorder
    wait_for 240 is_recorded || die "The events of libvirt are not recorded." "Read $DIR/recorder.log and $DIR/libvirtd.log."
    rm "$HOST_HOME/unrecorded"
    start_sshd
    wait_for 240 virsh_answers || die "virsh does not answer on $ADDRESS port $PORT." "Read $DIR/sshd.log and $DIR/libvirtd.log."
    keep_capabilities
    say "VM host $HOST_USER ready at $ADDRESS port $PORT: $DIR/vmhost.env"
}

# The claim is made under a lock of the whole machine, like the users themselves.
claim() {
    local number
    mkdir -p "$HOSTS"
    exec 8>"$HOSTS/lock"
    flock 8
    if ! own_claim; then
        for ((number = 1; ; number++)); do
            [ "$number" -le 99 ] || die "All 99 VM hosts are taken." "Stop the test runs that are left, and remove their folders."
            ! is_claimed "$number" || continue
            set_host "$number"
            end_processes
            rm -rf "$HOST_HOME"
            printf '%s\n' "$DIR" >"$HOSTS/$number.claim"
            printf '%s\n' "$number" >"$DIR/claim"
            break
        done
    fi
    id "$HOST_USER" >/dev/null 2>&1 || useradd --system --user-group --no-create-home --home-dir "$HOST_HOME" --shell /bin/sh --password '*' "$HOST_USER"
    exec 8>&-
}

own_claim() {
    local number
    number=$(read_pid "$DIR/claim")
    [ -n "$number" ] && [ "$(read_pid "$HOSTS/$number.claim")" = "$DIR" ] && set_host "$number"
}

is_claimed() {
    local owner
    owner=$(read_pid "$HOSTS/$1.claim")
    [ -n "$owner" ] && [ "$(read_pid "$owner/claim")" = "$1" ]
}

set_host() {
    HOST_USER=provvm$1
    HOST_HOME=$HOSTS/$1
    ADDRESS=127.0.3.$1
    AS_USER=(setpriv --reuid="$HOST_USER" --regid="$HOST_USER" --init-groups env -i -C "$HOST_HOME" HOME="$HOST_HOME" USER="$HOST_USER" LOGNAME="$HOST_USER"
        PATH=/usr/bin:/bin:/usr/sbin:/sbin XDG_RUNTIME_DIR="$HOST_HOME/run" LIBVIRT_DEFAULT_URI=qemu:///session LIBVIRT_AUTOSTART=0)
}

lay_out() {
    local images=$1 image folder
    umask 022
    mkdir -p "$HOST_HOME"/{images,disks,faults,shims,ssh,run,.config/libvirt,.cache/libvirt/qemu/cache/capabilities}
    chmod 700 "$HOST_HOME/run"
    touch "$HOST_HOME/commands.log" "$HOST_HOME/events.log"
    echo "<domain type='qemu'><name>recorder-probe</name><memory unit='MiB'>32</memory><os><type arch='x86_64' machine='q35'>hvm</type></os></domain>" >"$HOST_HOME/recorder-probe.xml"
    # virtlogd would be one more daemon to find and end.
    echo 'stdio_handler = "file"' >"$HOST_HOME/.config/libvirt/qemu.conf"
    # A copy, not a link: a test may spoil an image, and the cache must not notice.
    for image in "$images"/*.qcow2; do
        [ -e "$HOST_HOME/images/${image##*/}" ] || { cp --reflink=auto "$image" "$HOST_HOME/images/.new" && mv "$HOST_HOME/images/.new" "$HOST_HOME/images/${image##*/}"; }
    done
    # libvirt checks for itself whether what it found out about QEMU still holds; asking QEMU anew costs seconds.
    cp -n "$CACHE"/libvirt-capabilities/*.xml "$HOST_HOME/.cache/libvirt/qemu/cache/capabilities/" 2>/dev/null || true
    chown -R "$HOST_USER:$HOST_USER" "$HOST_HOME"
    for folder in images disks faults shims commands.log events.log; do ln -sfn "$HOST_HOME/$folder" "$DIR/$folder"; done
}

keep_capabilities() {
    mkdir -p "$CACHE/libvirt-capabilities"
    cp -u "$HOST_HOME"/.cache/libvirt/qemu/cache/capabilities/*.xml "$CACHE/libvirt-capabilities/" 2>/dev/null || true
}

write_shims() {
    local program
    for program in virsh qemu-img sha256sum; do
        cat >"$HOST_HOME/shims/$program.new" <<SHIM
#!/bin/bash
REAL=$(PATH=/usr/bin:/bin command -v "$program")
FAULT=$HOST_HOME/faults/$program
# One write of one line: lines of calls that run at the same time do not mix.
printf '%s %s %s\n' "\$EPOCHREALTIME" "\$\$" "$program \${*@Q}" >>$HOST_HOME/commands.log
[ $program != virsh ] || for _ in {1..400}; do [ -e $HOST_HOME/unrecorded ] || break; sleep 0.05; done
[ ! -e "\$FAULT" ] || . "\$FAULT"
exec "\$REAL" "\$@"
SHIM
        chmod 755 "$HOST_HOME/shims/$program.new"
        mv "$HOST_HOME/shims/$program.new" "$HOST_HOME/shims/$program"
    done
}

configure_sshd() {
    local ssh=$HOST_HOME/ssh
    PORT=$(read_pid "$DIR/port")
    if [ -z "$PORT" ]; then
        PORT=$(free_port)
        printf '%s\n' "$PORT" >"$DIR/port"
    fi
    [ -s "$DIR/id_ed25519.pub" ] || { rm -f "$DIR/id_ed25519" && ssh-keygen -q -t ed25519 -N '' -C provisioning-test-client -f "$DIR/id_ed25519"; }
    [ -s "$ssh/host_key.pub" ] || { rm -f "$ssh/host_key" && ssh-keygen -q -t ed25519 -N '' -C "$HOST_USER" -f "$ssh/host_key"; }
    cp "$DIR/id_ed25519.pub" "$ssh/authorized_keys"
    HOST_KEY=$(cut -d' ' -f1,2 "$ssh/host_key.pub")
    printf '[%s]:%s %s\n' "$ADDRESS" "$PORT" "$HOST_KEY" >"$DIR/known_hosts"
    # An sshd without root serves its own user alone, and it cannot use PAM.
    cat >"$ssh/sshd_config" <<CONFIG
ListenAddress $ADDRESS
Port $PORT
HostKey $ssh/host_key
PidFile none
AuthorizedKeysFile $ssh/authorized_keys
StrictModes no
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
UseDNS no
PrintMotd no
X11Forwarding no
MaxStartups 200
MaxSessions 200
LogLevel VERBOSE
Subsystem sftp internal-sftp
SetEnv PATH=$HOST_HOME/shims:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin XDG_RUNTIME_DIR=$HOST_HOME/run LIBVIRT_DEFAULT_URI=qemu:///session LIBVIRT_AUTOSTART=0
CONFIG
    chown "$HOST_USER:$HOST_USER" "$ssh"/*
}

write_env() {
    cat >"$DIR/vmhost.env.new" <<ENV
ADDRESS=$ADDRESS
PORT=$PORT
USER=$HOST_USER
HOST_KEY=$HOST_KEY
CLIENT_KEY=$DIR/id_ed25519
HOME=$HOST_HOME
IMAGES=$HOST_HOME/images
DISKS=$HOST_HOME/disks
COMMANDS_LOG=$HOST_HOME/commands.log
EVENTS_LOG=$HOST_HOME/events.log
FAULTS=$HOST_HOME/faults
GUEST_KEY=$1/guest_ed25519
IMAGE_CACHE=$1
ENV
    mv "$DIR/vmhost.env.new" "$DIR/vmhost.env"
}

# libvirtd would come by itself with the first virsh, and go after two idle minutes; as a daemon of ours its start is no part of any test,
# and one that was killed stays away until `start`: LIBVIRT_AUTOSTART=0 in the sessions.
start_libvirtd() { start_daemon libvirtd /usr/sbin/libvirtd; }

start_sshd() { start_daemon sshd /usr/sbin/sshd -D -e -f "$HOST_HOME/ssh/sshd_config"; }

# Ends with libvirtd, and begins again with it.
# shellcheck disable=SC2016
start_recorder() {
    start_daemon recorder /bin/bash -c 'while :; do stdbuf -oL virsh event --all --loop --timestamp; sleep 0.1; done 2>/dev/null >>"$0"' "$HOST_HOME/events.log"
}

# Asks for an event until it is told.
is_recorded() {
    local lines
    lines=$(wc -l <"$HOST_HOME/events.log")
    { own_virsh define "$HOST_HOME/recorder-probe.xml" && own_virsh undefine recorder-probe; } >/dev/null 2>&1 || return 1
    wait_for 1 probe_is_told "$lines"
}

probe_is_told() { tail -n "+$(($1 + 1))" "$HOST_HOME/events.log" | grep -q "'recorder-probe': Undefined"; }

own_virsh() { "${AS_USER[@]}" virsh "$@"; }

start_daemon() {
    local name=$1
    shift
    ! is_ours "$(read_pid "$DIR/$name.pid")" "$(basename "$1")" || return 0
    spawn "$DIR/$name.pid" "$DIR/$name.log" "${AS_USER[@]}" "$@"
    wait_for 10 is_ours "$(read_pid "$DIR/$name.pid")" "$(basename "$1")" || { tail "$DIR/$name.log" >&2 && die "$name did not start." "Read $DIR/$name.log."; }
}

is_ours() {
    [ -n "$1" ] && [ "$(stat -c %U "/proc/$1" 2>/dev/null)" = "$HOST_USER" ] && [ "$(basename "$(readlink "/proc/$1/exe")")" = "$2" ]
}

virsh_answers() {
    is_ours "$(read_pid "$DIR/sshd.pid")" sshd || { tail "$DIR/sshd.log" >&2 && die "sshd ended." "Read $DIR/sshd.log."; }
    # The question makes libvirt examine QEMU now, which takes seconds; the real program is asked, so that no line comes into the log.
    # -n: 'timeout' makes its child a background job, which the terminal stops for ever when it reads there.
    timeout 120 ssh -n -F none -q -i "$DIR/id_ed25519" -p "$PORT" -o UserKnownHostsFile="$DIR/known_hosts" -o BatchMode=yes -o ConnectTimeout=5 \
        "$HOST_USER@$ADDRESS" /usr/bin/virsh domcapabilities --virttype qemu --arch x86_64 --machine q35 >/dev/null
}

stop() {
    own_claim || return 0
    # First the way in, so that nobody starts anything behind our back.
    if is_ours "$(read_pid "$DIR/sshd.pid")" sshd; then kill "$(read_pid "$DIR/sshd.pid")" 2>/dev/null || true; fi
    end_processes
    rm -f "$DIR/sshd.pid" "$DIR/libvirtd.pid" "$DIR/recorder.pid"
}

# The user exists for this host alone, so all its processes are ours: sessions, detached jobs and QEMU included.
end_processes() {
    local signal try pids
    for signal in TERM KILL; do
        for ((try = 0; try < 100; try++)); do
            mapfile -t pids < <(processes)
            [ ${#pids[@]} -gt 0 ] || return 0
            [ $((try % 20)) -ne 0 ] || kill -s "$signal" "${pids[@]}" 2>/dev/null || true
            sleep 0.1
        done
    done
    die "Processes of $HOST_USER do not end: ${pids[*]}." "Look at /proc/PID/status; they may wait for a disk."
}

processes() {
    [[ $HOST_USER = provvm* ]] || return 0
    stat -c '%U %n' /proc/[0-9]* 2>/dev/null | sed -n "s,^$HOST_USER /proc/,,p" | while read -r pid; do
        # A zombie has ended already; its parent has not looked yet.
        [ "$(sed -n 's/^State:\t\(.\).*/\1/p' "/proc/$pid/status" 2>/dev/null)" = Z ] || printf '%s\n' "$pid"
    done
}

[ $# = 2 ] || die "vmhost.sh needs a command and a folder." "Use: vmhost.sh start|stop DIR"
[ "$1" = start ] || [ -d "$2" ] || exit 0
mkdir -p "$2"
DIR=$(cd "$2" && pwd -P)
exec 7>"$DIR/lock"
flock 7
case $1 in
    start | stop) "$1" ;;
    *) die "Unknown command '$1'." "Use: vmhost.sh start|stop DIR" ;;
esac
