#!/bin/sh
# Makes the arm64 machine: a Debian 13 that systemd boots. Run as root with the folder to fill:
#   disk.raw (ext4, sparse)  vmlinuz  initrd  key, key.pub (who may log in as root by ssh)
# What takes long when it runs under emulation (dpkg, and the shell and perl of the packages' scripts) is this machine's own
# program here: docs/decisions/0130-how-the-arm64-machine-is-made.md.
set -eu
here=$(dirname "$(readlink -f "$0")")
suite=trixie
packages=aardvark-dns,apparmor,apt,busybox-static,ca-certificates,conmon,crun,curl,dbus,iproute2,kmod,libatomic1,libstdc++6
packages=$packages,netavark,nftables,openssh-server,podman,procps,systemd,systemd-sysv,udev
# Units that only cost time at boot, or would start something in the middle of a test.
masked='apt-daily-upgrade.timer apt-daily.timer dev-hugepages.mount dev-mqueue.mount dpkg-db-backup.timer e2scrub_all.timer
  e2scrub_reap.service fstrim.timer getty@tty1.service ldconfig.service netavark-dhcp-proxy.socket podman-auto-update.timer
  podman-clean-transient.service podman-restart.service podman.service podman.socket sys-fs-fuse-connections.mount
  sys-kernel-config.mount sys-kernel-debug.mount sys-kernel-tracing.mount systemd-hwdb-update.service
  systemd-journal-catalog-update.service systemd-logind.service systemd-network-generator.service systemd-networkd.service
  systemd-pstore.service systemd-random-seed.service systemd-timesyncd.service systemd-tmpfiles-clean.timer
  systemd-update-done.service'
masked_generators='systemd-cryptsetup-generator systemd-getty-generator systemd-gpt-auto-generator
  systemd-hibernate-resume-generator systemd-integritysetup-generator systemd-ssh-generator systemd-tpm2-generator
  systemd-veritysetup-generator'
# Of the host's programs, those that the packages' scripts call most.
native='bash basename cat chgrp chmod chown cp cut dash date debconf dirname dpkg dpkg-deb dpkg-divert dpkg-query
  dpkg-statoverride dpkg-trigger env expr find getopt grep gzip head id install ln ls mawk mkdir mktemp mv openssl perl
  readlink realpath rm rmdir sed sleep sort stat tail tar tee touch tr uname uniq update-alternatives wc xargs'

# Everything below happens in a mount namespace of its own: nothing stays mounted when it ends, however it ends.
if [ -z "${CRUNDLE_MACHINE_NAMESPACE:-}" ]; then
  CRUNDLE_MACHINE_NAMESPACE=1 exec unshare --mount --propagation private sh "$0" "$@"
fi

main() {
  out=$(readlink -f "$1")
  work=$out/work
  root=$work/root
  mkdir -p "$work"
  # In memory, because dpkg syncs after every step.
  mount -t tmpfs -o size=4g,mode=755 machine "$work"
  export DEBIAN_FRONTEND=noninteractive DEBCONF_NONINTERACTIVE_SEEN=true LC_ALL=C.UTF-8
  export PATH=/usr/sbin:/usr/bin:/sbin:/bin
  unpack
  configure
  settle
  add_kernel
  umount -R "$root/dev" "$root/proc"
  truncate -s 8G "$out/disk.raw"
  mke2fs -q -F -t ext4 -d "$root" "$out/disk.raw"
  umount "$work"
  rmdir "$work"
}

# The packages' files, and the packages themselves below $work: they are configured by dpkg later.
unpack() {
  cat >"$work/keep" <<'HOOK'
set -eu
mv "$1"/var/cache/apt/archives/*.deb .
export APT_CONFIG="$MMDEBSTRAP_APT_CONFIG"
apt-get -qq -o APT::Sandbox::User=root download "$(apt-cache depends linux-image-cloud-arm64 | sed -n 's/^ *Depends: \(linux-image-[^ ]*\)$/\1/p')"
HOOK
  mkdir "$work/packages"
  (cd "$work/packages" && mmdebstrap --quiet --arch=arm64 --variant=extract --format=directory \
    --include='?essential' --include="$packages" --skip=download/empty \
    --extract-hook="sh '$work/keep' \"\$1\"" "$suite" "$root")
  mkdir "$work/kernel"
  mv "$work"/packages/linux-image-* "$work/kernel"
}

configure() {
  # hwdb: a minute of compiling under emulation, for hardware that QEMU has not.
  rm -rf "$root/usr/lib/udev/hwdb.d" "$root/usr/share/doc" "$root/usr/share/locale"
  mount -t proc proc "$root/proc"
  mount --rbind /dev "$root/dev"
  # No service is started here.
  printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
  chmod +x "$root/usr/sbin/policy-rc.d"
  # Made now, so that the package does not make them under emulation.
  mkdir -p "$root/etc/ssh"
  for type in rsa ecdsa ed25519; do
    ssh-keygen -q -t "$type" -N '' -C machine -f "$root/etc/ssh/ssh_host_${type}_key"
  done
  touch "$root/var/lib/dpkg/status"
  dpkg_there --force-depends --install "$work"/packages/base-passwd_*.deb || dpkg_failed
  dpkg_there --force-depends --no-triggers --unpack "$work"/packages/*.deb || dpkg_failed
  [ "$(uname -m)" = aarch64 ] || lend_programs
  # This machine's dpkg takes packages for all architectures for its own, and misses what they depend on: the second time it
  # is told to overlook that, when all that can be done in order is done.
  dpkg_there --configure --pending || true
  dpkg_there --force-depends --configure --pending || dpkg_failed
  [ "$(uname -m)" = aarch64 ] || take_programs_back
  rm "$root/usr/sbin/policy-rc.d"
}

dpkg_there() {
  dpkg --root="$root" --log=/dev/null --force-unsafe-io --force-confnew --path-exclude='/usr/lib/udev/hwdb.d/*' \
    --path-exclude='/usr/share/doc/*' --path-exclude='/usr/share/locale/*' "$@" >"$work/dpkg.log" 2>&1
}

dpkg_failed() {
  cat "$work/dpkg.log" >&2
  exit 1
}

# Mounts programs of this machine over those of the root, and their libraries where the root has none.
lend_programs() {
  libraries=$(dirname "$(ldd /bin/sh | sed -n 's|^.*libc.so.6 => \(.*\) (.*$|\1|p')")
  loader=$(ldd /bin/sh | sed -n 's|^\s*\(/lib[^ ]*/ld-[^ ]*\) .*$|\1|p')
  mkdir -p "$root$libraries" "$root${loader%/*}" "$root/usr/share/perl"
  touch "$root$loader"
  mount --bind "$libraries" "$root$libraries"
  mount --bind "$loader" "$root$loader"
  mount --bind /usr/share/perl "$root/usr/share/perl"
  for name in $native; do
    program=$(readlink -f "/usr/bin/$name") || continue
    there=$root/usr/bin/$name
    if [ ! -f "$program" ] || [ ! -f "$there" ] || [ -L "$there" ]; then continue; fi
    mount --bind "$program" "$there"
    echo "$there" >>"$work/lent"
  done
}

take_programs_back() {
  while read -r there; do umount "$there"; done <"$work/lent"
  umount "$root$libraries" "$root$loader" "$root/usr/share/perl"
  rm "$root$loader"
  rmdir "$root$libraries" "$root${loader%/*}" "$root/usr/share/perl"
}

settle() {
  [ -e "$out/key" ] || ssh-keygen -q -t ed25519 -N '' -C machine -f "$out/key"
  mkdir -p "$root/root/.ssh"
  chmod 700 "$root/root/.ssh"
  cp "$out/key.pub" "$root/root/.ssh/authorized_keys"
  rm -f "$root/etc/resolv.conf"
  cp -R "$here/guest/." "$root/"
  chown -R 0:0 "$root/root/.ssh" "$root/etc/ssh" "$root/etc/fstab" "$root/etc/hosts" "$root/etc/hostname"
  # A fixed one: with none systemd would take the boot for the first, and apply all presets.
  echo 6d616368696e65206f66206372756e64 >"$root/etc/machine-id"
  units=$root/etc/systemd/system
  mkdir -p "$root/etc/systemd/system-generators"
  for unit in $masked; do ln -sf /dev/null "$units/$unit"; done
  for generator in $masked_generators; do ln -s /dev/null "$root/etc/systemd/system-generators/$generator"; done
  mkdir -p "$units/multi-user.target.wants"
  for unit in /etc/systemd/system/machine-network.service /usr/lib/systemd/system/ssh.service; do
    ln -sf "$unit" "$units/multi-user.target.wants/"
  done
  ln -sf /usr/lib/systemd/system/multi-user.target "$units/default.target"
  # Profiles of programs that are not there; the package's own rules are what is tested. Compiling these takes most of a boot.
  find "$root/etc/apparmor.d" -maxdepth 1 -type f -delete
  # Kept over boots: what happened before the power failed can be read.
  mkdir -p "$root/var/log/journal"
  rm -f "$units"/ssh.service.wants/sshd-keygen.service
  rm -rf "$root"/var/lib/apt/lists/* "$root"/var/cache/apt/*.bin
}

# The kernel's files without its package, which would have an initramfs made.
add_kernel() {
  dpkg-deb --extract "$work"/kernel/*.deb "$work/kernel"
  modules=$(find "$work/kernel" -type d -path '*/lib/modules/*' -prune -name '[0-9]*')
  version=${modules##*/}
  mkdir -p "$root/usr/lib/modules"
  cp -R "$modules" "$root/usr/lib/modules/"
  depmod -b "$root" "$version"
  cp "$work/kernel/boot/vmlinuz-$version" "$out/vmlinuz"
  mkdir -p "$work/initrd/dev" "$work/initrd/root"
  cp "$here/init" "$root/usr/bin/busybox" "$work/initrd/"
  chmod +x "$work/initrd/init"
  # In the order in which they need each other.
  for driver in virtio_blk failover net_failover virtio_net; do
    echo "$driver" >>"$work/initrd/drivers"
    xz -dc "$(find "$modules" -name "$driver.ko.xz")" >"$work/initrd/$driver.ko"
  done
  (cd "$work/initrd" && find . | ./busybox cpio -o -H newc 2>/dev/null) >"$out/initrd"
}

main "$@"
