#!/bin/sh
# SPDX-License-Identifier: ISC
#
# boot.sh FOLDER NOTIFY CHECKOUT: becomes a systemd of its own, as process 1 of new
# namespaces (tests/unit/test_services.py makes them). It sees this host's files,
# and FOLDER as /mnt; what it writes elsewhere is gone with it. The socket NOTIFY
# hears when it is ready (sd_notify(3)).
set -eu
folder=$1 notify=$2 checkout=$3
space=$folder/space
root=$space/root

mount --make-rprivate /
mkdir "$space"
mount -t tmpfs tmpfs "$space" -o mode=755
mkdir "$space/upper" "$space/work" "$root"
mount -t overlay overlay "$root" -o "lowerdir=/,upperdir=$space/upper,workdir=$space/work"
mount --bind "$folder" "$root/mnt"
# A file system of its own.
[ -e "$root$checkout/docs" ] || { mkdir -p "$root$checkout" && mount --rbind "$checkout" "$root$checkout"; }

# The kernel is the host's: its settings can be read.
mount -t proc proc "$root/proc"
mount --bind "$root/proc/sys" "$root/proc/sys"
mount -o remount,bind,ro "$root/proc/sys"
mount -t sysfs sysfs "$root/sys" -o ro
mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"

# Devices with the rights that udev gives them.
groupadd --root "$root" --force --system kvm
kvm=$(sed -n 's/^kvm:[^:]*:\([0-9]*\):.*/\1/p' "$root/etc/group")
mount -t tmpfs tmpfs "$root/dev" -o mode=755
mkdir "$root/dev/net" "$root/dev/pts" "$root/dev/shm"
for name in null zero full random urandom tty net/tun; do
    mknod -m 666 "$root/dev/$name" c $(stat -c '%Hr %Lr' "/dev/$name")
done
[ ! -e /dev/kvm ] || mknod -m 660 "$root/dev/kvm" c 10 232
[ ! -e /dev/kvm ] || chgrp "$kvm" "$root/dev/kvm"
mount -t devpts devpts "$root/dev/pts" -o newinstance,ptmxmode=0666
ln -s pts/ptmx "$root/dev/ptmx"

# Nothing of the host's starts: it would mount, load modules and tidy /tmp.
mount -t tmpfs tmpfs "$root/run" -o mode=755
units=$root/usr/lib/systemd
rm -rf "$root/etc/systemd/system" "$units/system-generators" "$units"/system/*.wants
mkdir "$root/etc/systemd/system"
printf '[Unit]\nDefaultDependencies=no\nWants=systemd-journald.service\n' > "$root/etc/systemd/system/solo5-test.target"
: > "$root/run/solo5-notify"
mount --bind "$notify" "$root/run/solo5-notify"

cd "$root"
pivot_root . .
umount -l .
ip link set dev lo up
exec env -i PATH="$PATH" container=solo5 NOTIFY_SOCKET=/run/solo5-notify \
    /lib/systemd/systemd --system --unit=solo5-test.target --show-status=no
