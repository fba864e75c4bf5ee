#!/bin/bash
# images.sh - disk images of test machines, built once and cached.
#
#   images.sh build           builds what is missing and prints the folder that holds them (about two minutes, once)
#   images.sh verify NAME     boots an image under plain qemu: SSH login, boot id, currentimage.txt, power button
#
# In the folder: debian-a, debian-b (Debian 12: systemd, OpenSSH) and tiny-a, tiny-b (busybox, dropbear; up in seconds), each as
# NAME.qcow2, NAME.qcow2.sha256 (digest in hex) and NAME.hostkey.pub (the SSH host key in it), and guest_ed25519(.pub), the key that
# root accepts. The b image of a pair differs from the a image in host name, host key and /root/currentimage.txt.
# A guest has its disk at /dev/vda, one virtio NIC with DHCP, a console on ttyS0, and powers off when its power button is pressed.

# shellcheck source=common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

LIB=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# To be raised with every change to this file or to guest/ that changes the images.
RECIPE="images-2"

build() { cached "$RECIPE" "$LIB/images.sh" make; }

make() {
    local work=$1 result=$2 pair
    [ "$(id -u)" = 0 ] || die "debootstrap needs root." "Run 'images.sh build' once as root, or set PROVISIONING_CACHE to a cache that has the images."
    umask 022
    apt_install qemu-system-x86 qemu-utils e2fsprogs fdisk grub-pc-bin grub-common cpio debootstrap openssh-client
    ssh-keygen -q -t ed25519 -N '' -C provisioning-test-guest -f "$result/guest_ed25519"
    make_kernel "$work"
    make_tiny_tree "$work"
    make_debian_tree "$work"
    for pair in a b; do
        make_image "$work" "$result" tiny "tiny-$pair" 96
        make_image "$work" "$result" debian "debian-$pair" 1024
    done
    for pair in a b; do
        verify_in "$result" "tiny-$pair"
        verify_in "$result" "debian-$pair"
    done
}

# The kernel package is only unpacked: installing it would change how this machine boots.
make_kernel() {
    local work=$1 kernel drivers module number=10 initrd=$1/initrd
    say "getting the guests' kernel"
    apt_lists linux-image-cloud-amd64
    apt_unpack "$work/kernel" "$(apt-cache depends linux-image-cloud-amd64 | awk '/Depends: linux-image/ { print $2; exit }')"
    apt_unpack "$work/debs" busybox-static dropbear-bin libtomcrypt1 libtommath1
    kernel=$(ls "$work/kernel/lib/modules")
    cp "$work/kernel/boot/vmlinuz-$kernel" "$work/vmlinuz"

    mkdir -p "$initrd"/{bin,dev,proc,sys,new,modules}
    cp "$work/debs/bin/busybox" "$initrd/bin/"
    cp "$LIB/guest/initrd/init" "$initrd/init"
    link_programs "$initrd/bin"
    drivers=$work/kernel/lib/modules/$kernel/kernel
    # In the order of their dependencies: the first program of the guest loads them one after the other.
    for module in drivers/virtio/virtio_ring drivers/virtio/virtio drivers/virtio/virtio_pci_legacy_dev drivers/virtio/virtio_pci_modern_dev \
        drivers/virtio/virtio_pci drivers/block/virtio_blk net/core/failover drivers/net/net_failover drivers/net/virtio_net \
        drivers/acpi/button drivers/input/evdev drivers/char/hw_random/virtio-rng; do
        cp "$drivers/$module.ko" "$initrd/modules/$number-${module##*/}.ko"
        number=$((number + 1))
    done
    (cd "$initrd" && find . | cpio -o -H newc --quiet | gzip -6) >"$work/initrd.img"
}

link_programs() {
    local program
    "$1/busybox" --list | grep -vx busybox | while read -r program; do ln -s busybox "$1/$program"; done
}

make_tiny_tree() {
    local work=$1 tree=$1/tiny library
    mkdir -p "$tree"/{bin,sbin,usr/bin,usr/sbin,etc/dropbear,dev,proc,sys,tmp,run,root,mnt,var/log}
    chmod 1777 "$tree/tmp"
    cp "$work/debs/bin/busybox" "$tree/bin/"
    link_programs "$tree/bin"
    ln -s ../bin/busybox "$tree/sbin/init"
    cp "$work/debs/usr/sbin/dropbear" "$tree/usr/sbin/"
    cp "$work/debs/usr/bin/dropbearkey" "$tree/usr/bin/"
    # Without this library path ldd would not find what is only unpacked.
    LD_LIBRARY_PATH=$work/debs/usr/lib/x86_64-linux-gnu ldd "$tree/usr/sbin/dropbear" | grep -o '/[^ ]*' | while read -r library; do
        install -D "$library" "$tree/lib/${library##*/}"
    done
    install -D "$tree/lib/ld-linux-x86-64.so.2" "$tree/lib64/ld-linux-x86-64.so.2"
    cp -r "$LIB/guest/tiny/." "$tree/"
}

make_debian_tree() {
    local work=$1 tree=$1/debian mirror unit
    # shellcheck disable=SC2016
    mirror=$(apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' | awk '$2 == "bookworm" && $3 == "main" { print $1; exit }')
    [ -n "$mirror" ] || die "apt knows no mirror of Debian 12 (bookworm)." "Add one below /etc/apt/sources.list.d."
    say "installing Debian 12 into a folder (about a minute)"
    debootstrap --variant=minbase --include=systemd-sysv,openssh-server,iproute2,ifupdown,isc-dhcp-client,acpid \
        bookworm "$tree" "$mirror" >"$work/debootstrap.log" || { tail "$work/debootstrap.log" >&2 && return 1; }
    rm -rf "$tree"/var/cache/apt/*.bin "$tree"/var/cache/apt/archives/*.deb "$tree"/var/lib/apt/lists/* "$tree"/etc/ssh/ssh_host_*
    # systemd makes the identity of a machine when it finds this file empty.
    : >"$tree/etc/machine-id"
    cp -r "$LIB/guest/debian/." "$tree/"
    touch "$tree/etc/default/locale"
    ln -sf /lib/systemd/system/multi-user.target "$tree/etc/systemd/system/default.target"
    # Under emulation every program that a boot starts costs half a second. These serve devices, modules, buses and consoles that a guest
    # does not have (there is no udev, which would announce the console to its getty), or maintenance that would disturb a test.
    for unit in serial-getty@ttyS0.service getty@tty1.service getty-static.service systemd-logind.service systemd-modules-load.service kmod-static-nodes.service \
        modprobe@{configfs,dm_mod,drm,efi_pstore,fuse,loop}.service {dev-hugepages,dev-mqueue,sys-kernel-config,sys-kernel-debug,sys-kernel-tracing}.mount \
        ifupdown-pre.service systemd-update-utmp.service systemd-update-utmp-runlevel.service apt-daily.timer apt-daily-upgrade.timer e2scrub_all.timer e2scrub_reap.service; do
        ln -sf /dev/null "$tree/etc/systemd/system/$unit"
    done
}

make_image() {
    local work=$1 result=$2 kind=$3 name=$4 megabytes=$5 tree=$1/$4
    say "building $name"
    cp -a "$work/$kind" "$tree"
    mkdir -p "$tree/boot"
    cp "$work/vmlinuz" "$work/initrd.img" "$tree/boot/"
    echo "$name" >"$tree/etc/hostname"
    printf '127.0.0.1 localhost\n127.0.1.1 %s\n' "$name" >"$tree/etc/hosts"
    current_image "$name" >"$tree/root/currentimage.txt"
    install -D -m 600 "$result/guest_ed25519.pub" "$tree/root/.ssh/authorized_keys"
    chmod 700 "$tree/root" "$tree/root/.ssh"
    "host_key_$kind" "$work" "$tree" "provisioning-$name" >"$result/$name.hostkey.pub"
    make_bootable "$work" "$tree" "$megabytes" "$work/$name.raw"
    qemu-img convert -O qcow2 -c -o compression_type=zstd "$work/$name.raw" "$result/$name.qcow2"
    sha256sum "$result/$name.qcow2" | cut -d' ' -f1 >"$result/$name.qcow2.sha256"
    rm -rf "$tree" "$work/$name.raw"
}

current_image() {
    printf '%s\n' "$1" "id=$1" "prettyname=Test image $1" imagerevision_id=1 'imagerevision_datecreated=2024-01-01 00:00:00' \
        computer_id=builder computer_hostname=builder
}

host_key_debian() {
    ssh-keygen -q -t ed25519 -N '' -C "$3" -f "$2/etc/ssh/ssh_host_ed25519_key"
    cut -d' ' -f1,2 "$2/etc/ssh/ssh_host_ed25519_key.pub"
}

host_key_tiny() {
    LD_LIBRARY_PATH=$1/debs/usr/lib/x86_64-linux-gnu "$1/debs/usr/bin/dropbearkey" -t ed25519 -f "$2/etc/dropbear/dropbear_ed25519_host_key" 2>/dev/null |
        awk '/^ssh-ed25519 / { print $1, $2 }'
}

# No mounts and no loop devices: mke2fs writes the tree straight into the partition, and GRUB's core image expects to lie at sector 1.
make_bootable() {
    local work=$1 tree=$2 megabytes=$3 raw=$4
    mkdir -p "$tree/boot/grub"
    cat >"$tree/boot/grub/grub.cfg" <<'CFG'
set timeout=0
serial --unit=0 --speed=115200
terminal_output serial
menuentry "linux" {
    linux /boot/vmlinuz root=/dev/vda1 console=ttyS0 quiet panic=1 net.ifnames=0
    initrd /boot/initrd.img
}
CFG
    echo 'configfile (hd0,msdos1)/boot/grub/grub.cfg' >"$work/grub-early.cfg"
    grub-mkimage -O i386-pc -p '(hd0,msdos1)/boot/grub' -c "$work/grub-early.cfg" -o "$work/grub-core.img" \
        biosdisk part_msdos ext2 linux normal configfile serial terminal
    rm -f "$raw"
    truncate -s "${megabytes}M" "$raw"
    printf 'label: dos\nstart=2048, type=83, bootable\n' | sfdisk -q "$raw"
    # GRUB 2.06 cannot read the two newest features of ext4.
    mke2fs -q -t ext4 -L root -O ^metadata_csum_seed,^orphan_file -E offset=1048576,root_owner=0:0 -d "$tree" "$raw" "$((megabytes - 1))M"
    dd if=/usr/lib/grub/i386-pc/boot.img of="$raw" bs=440 count=1 conv=notrunc status=none
    dd if="$work/grub-core.img" of="$raw" bs=512 seek=1 conv=notrunc status=none
}

verify() { verify_in "$(build)" "$1"; }

verify_in() {
    local images=$1 name=$2 dir port started pid patience=2
    dir=$(mktemp -d)
    port=$(free_port)
    started=$EPOCHREALTIME
    printf '[127.0.0.1]:%s %s\n' "$port" "$(cat "$images/$name.hostkey.pub")" >"$dir/known_hosts"
    qemu-img create -q -f qcow2 -b "$images/$name.qcow2" -F qcow2 "$dir/disk.qcow2"
    mkfifo "$dir/monitor"
    # Opened for reading and writing, since qemu would end at the end of its monitor's input.
    exec 6<>"$dir/monitor"
    qemu-system-x86_64 -accel tcg -cpu max -machine q35 -m 384 -nodefaults -no-user-config -display none -no-reboot -monitor stdio \
        -drive "file=$dir/disk.qcow2,if=virtio,format=qcow2,cache=unsafe" -serial "file:$dir/console" \
        -netdev "user,id=n0,hostfwd=tcp:127.0.0.1:$port-:22" -device virtio-net-pci,netdev=n0 <&6 >"$dir/qemu.log" 2>&1 &
    pid=$!
    # shellcheck disable=SC2064
    trap "end_process $pid qemu-system-x86_64 '$dir/'" EXIT

    guest() {
        timeout $((patience + 30)) ssh -n -F none -q -i "$images/guest_ed25519" -p "$port" -o UserKnownHostsFile="$dir/known_hosts" -o BatchMode=yes \
            -o ConnectTimeout="$patience" root@127.0.0.1 "$@"
    }
    # shellcheck disable=SC2317
    answers_or_ended() { guest true || has_ended "$pid"; }
    if ! wait_for 600 answers_or_ended || has_ended "$pid"; then
        tail "$dir/console" "$dir/qemu.log" >&2
        die "$name does not answer by SSH." "Its console is above; all of it: $dir/console."
    fi
    # QEMU takes connections before the guest listens, so only a probe has to be impatient.
    patience=60
    say "$name: SSH after $(since "$started") s"
    guest 'cat /proc/sys/kernel/random/boot_id' | grep -qE '^[0-9a-f-]{36}$' || die "$name shows no boot id." "Look at $dir/console."
    guest 'cat /root/currentimage.txt' | cmp -s - <(current_image "$name") || die "$name has another currentimage.txt than was put in." "Look at $dir/console."
    [ "$(guest 'cat /etc/hostname')" = "$name" ] || die "$name has another host name." "Look at $dir/console."
    guest 'test -s /etc/machine-id && echo works >/root/probe && sync && rm /root/probe' || die "$name has no machine-id or no writable disk." "Look at $dir/console."

    started=$EPOCHREALTIME
    echo system_powerdown >&6
    wait_for 60 has_ended "$pid" || { tail "$dir/console" >&2 && die "$name ignores its power button." "Its console is above; all of it: $dir/console."; }
    say "$name: off $(since "$started") s after the power button"
    trap - EXIT
    exec 6>&-
    rm -rf "$dir"
}

has_ended() { ! kill -0 "$1" 2>/dev/null; }

since() { awk -v from="$1" -v to="$EPOCHREALTIME" 'BEGIN { printf "%.1f", to - from }'; }

case ${1:-} in
    build | make | verify) "$@" ;;
    *) die "Unknown command '${1:-}'." "Use: images.sh build, or images.sh verify NAME" ;;
esac
