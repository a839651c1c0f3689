// The system calls that Node.js lacks, through node:ffi. The only file that imports it, so that a change of that
// experimental module, or another binding, stays here. Every call is synchronous: none of them waits for a peer.
import {Buffer} from 'node:buffer';
import {dlopen, getInt32} from 'node:ffi';
import {closeSync} from 'node:fs';
import {constants} from 'node:os';
import {getSystemErrorMessage, getSystemErrorName} from 'node:util';
import {isRehearsal, isRehearsed, isStandIn} from './rehearsal.ts';
import {beginCall, type Call, commandLine} from './trace.ts';

const {functions: libc} = dlopen('libc.so.6', {
  __errno_location: {arguments: [], return: 'pointer'},
  mount: {arguments: ['string', 'string', 'string', 'u64', 'pointer'], return: 'i32'},
  umount2: {arguments: ['string', 'i32'], return: 'i32'},
  mknod: {arguments: ['string', 'u32', 'u64'], return: 'i32'},
  lsetxattr: {arguments: ['string', 'string', 'buffer', 'u64', 'i32'], return: 'i32'},
  lgetxattr: {arguments: ['string', 'string', 'buffer', 'u64'], return: 'i64'},
  llistxattr: {arguments: ['string', 'buffer', 'u64'], return: 'i64'},
  utimensat: {arguments: ['i32', 'string', 'buffer', 'i32'], return: 'i32'},
  futimens: {arguments: ['i32', 'buffer'], return: 'i32'},
  syncfs: {arguments: ['i32'], return: 'i32'},
  adjtimex: {arguments: ['buffer'], return: 'i32'},
  posix_fadvise: {arguments: ['i32', 'i64', 'i64', 'i32'], return: 'i32'},
  flock: {arguments: ['i32', 'i32'], return: 'i32'},
  socket: {arguments: ['i32', 'i32', 'i32'], return: 'i32'},
  connect: {arguments: ['i32', 'buffer', 'u32'], return: 'i32'},
  shutdown: {arguments: ['i32', 'i32'], return: 'i32'},
  lseek: {arguments: ['i32', 'i64', 'i32'], return: 'i64'},
  unshare: {arguments: ['i32'], return: 'i32'},
  setns: {arguments: ['i32', 'i32'], return: 'i32'},
  personality: {arguments: ['u64'], return: 'i32'},
  ioctl: {arguments: ['i32', 'u64', 'buffer'], return: 'i32'},
  capget: {arguments: ['buffer', 'buffer'], return: 'i32'},
  capset: {arguments: ['buffer', 'buffer'], return: 'i32'},
  // Declared with openat2's arguments, since glibc has no wrapper for it.
  syscall: {arguments: ['i64', 'i32', 'string', 'buffer', 'u64'], return: 'i64'},
});

// errno lives at a fixed address per thread; asking for the address again after a failed call could itself change it.
const errnoAddress = libc.__errno_location();

/** A failed system call. `code` is the errno name, as on Node.js's own errors, so that both are caught alike. */
export class LibcError extends Error {
  override readonly name = 'LibcError';
  readonly code: string;
  readonly errno: number;
  readonly syscall: string;
  readonly path: string | undefined;

  constructor(errno: number, syscall: string, path?: string) {
    super(`${syscall}${path === undefined ? '' : ` ${path}`}: ${getSystemErrorMessage(-errno)}`);
    this.code = getSystemErrorName(-errno);
    this.errno = errno;
    this.syscall = syscall;
    this.path = path;
  }
}

function check(result: number | bigint, syscall: string, path?: Path): number {
  const value = Number(result);
  if (value < 0) throw new LibcError(getInt32(errnoAddress), syscall, path?.toString());
  return value;
}

/** A path as Node.js takes it: bytes where it is not UTF-8. */
export type Path = string | Buffer;

// The binding hands a Buffer over as it is, so the NUL that ends a C string has to be in it.
function cString(path: Path): Path {
  return typeof path === 'string' ? path : Buffer.concat([path, Buffer.alloc(1)]);
}

/** mount(2) flags, from linux/mount.h. */
export const MS = {
  rdonly: 1n,
  nosuid: 2n,
  nodev: 4n,
  noexec: 8n,
  remount: 32n,
  bind: 4096n,
  rec: 16384n,
  private: 1n << 18n,
  slave: 1n << 19n,
  shared: 1n << 20n,
} as const;

// A page at its smallest, with the NUL.
const maxMountData = 4096;

/** umount2(2) flags. */
export const MNT = {force: 1, detach: 2, nofollow: 8} as const;

/**
 * mount(2). `data` is the comma-separated option string of the file system: at most one page, longer is EINVAL.
 * Throws LibcError.
 */
export function mount(source: string, target: string, type: string, flags: bigint, data = ''): void {
  // The kernel itself would silently cut it off there.
  if (Buffer.byteLength(data) >= maxMountData) throw new LibcError(constants.errno.EINVAL, 'mount', target);
  const words = () => mountWords({source, target, type, flags, data});
  if (isLeftToRehearsal(target, words)) return;
  const call = beginCall();
  const result = libc.mount(source, target, type, flags, data === '' ? null : data);
  finish(call, words, () => check(result, 'mount', target));
  if (isRehearsal()) isRehearsed(() => ({call: words()}));
}

// What is mounted on a stand-in is mounted in a rehearsal too, and noted when it is done; anything else is noted alone.
function isLeftToRehearsal(target: string, words: () => string): boolean {
  return isRehearsal() && !isStandIn(target) && isRehearsed(() => ({call: words()}));
}

// As mount(8) takes it; in the folder that the relative paths in `data` start from.
function mountWords(call: {
  source: string;
  target: string;
  type: string;
  flags: bigint;
  data: string;
}): string {
  const named = Object.entries(MS).flatMap(([name, bit]) => ((call.flags & bit) === 0n ? [] : [name]));
  const options = [...named, ...(call.data === '' ? [] : [call.data])].join(',');
  const words = [
    'mount',
    '-t',
    call.type,
    ...(options === '' ? [] : ['-o', options]),
    call.source,
    call.target,
  ];
  return commandLine(words, {cwd: process.cwd()});
}

// The check comes first: whatever runs before it may change errno.
function finish(call: Call | undefined, words: () => string, checkResult: () => void): void {
  try {
    checkResult();
    call?.end(words(), 'done');
  } catch (error) {
    if (error instanceof LibcError) call?.end(words(), error.code);
    throw error;
  }
}

/** umount2(2). Throws LibcError: EINVAL when nothing is mounted there, EBUSY without `MNT.detach`. */
export function umount(target: string, flags: number = MNT.nofollow): void {
  const words = () => commandLine(['umount', ...(flags & MNT.detach ? ['-l'] : []), target]);
  if (isLeftToRehearsal(target, words)) return;
  const call = beginCall();
  const result = libc.umount2(target, flags);
  finish(call, words, () => check(result, 'umount2', target));
  if (isRehearsal()) isRehearsed(() => ({call: words()}));
}

/** mknod(2) for devices, FIFOs and sockets: `mode` holds the file type and the permissions, which umask cuts. */
export function mknod(path: Path, mode: number, major: number, minor: number): void {
  check(libc.mknod(cString(path), mode, makedev(major, minor)), 'mknod', path);
}

// gnu_dev_makedev: 12 bits of major and 20 of minor in the low word, the rest above.
function makedev(major: number, minor: number): bigint {
  const M = BigInt(major);
  const m = BigInt(minor);
  return ((M & 0xfffff000n) << 32n) | ((M & 0xfffn) << 8n) | ((m & 0xffffff00n) << 12n) | (m & 0xffn);
}

/** lsetxattr(2): sets or replaces one extended attribute, never following a link. */
export function setXattr(path: Path, name: Path, value: Buffer): void {
  check(libc.lsetxattr(cString(path), cString(name), value, BigInt(value.length), 0), 'lsetxattr', path);
}

/** lgetxattr(2). Throws LibcError: ENODATA when the attribute is not there. */
export function getXattr(path: Path, name: Path): Buffer {
  return readSized((buffer, size) =>
    check(libc.lgetxattr(cString(path), cString(name), buffer, size), 'lgetxattr', path),
  );
}

/** llistxattr(2): the names, in the kernel's order. */
export function listXattrs(path: Path): string[] {
  const names = readSized((buffer, size) =>
    check(libc.llistxattr(cString(path), buffer, size), 'llistxattr', path),
  );
  return names.toString('utf8').split('\0').slice(0, -1);
}

// The kernel's maximum for both one value and the list of names is 64 KiB.
function readSized(call: (buffer: Buffer, size: bigint) => number): Buffer {
  return Buffer.from(sized.subarray(0, call(sized, 65536n)));
}

const sized = Buffer.allocUnsafeSlow(65536);

const AT_FDCWD = -100;
const AT_SYMLINK_NOFOLLOW = 0x100;

/** A point in time with the kernel's precision: whole seconds since 1970 (may be negative) and 0 to 999,999,999 ns. */
export interface Timespec {
  seconds: bigint;
  nanoseconds: number;
}

/** utimensat(2) on the path itself, not on what a link points to. Node.js's lutimes goes through a double and loses nanoseconds. */
export function setTimes(path: Path, atime: Timespec, mtime: Timespec): void {
  fillTimes(atime, mtime);
  check(libc.utimensat(AT_FDCWD, cString(path), times, AT_SYMLINK_NOFOLLOW), 'utimensat', path);
}

/** futimens(2): the same for an open file. */
export function setFileTimes(fd: number, atime: Timespec, mtime: Timespec): void {
  fillTimes(atime, mtime);
  check(libc.futimens(fd, times), 'futimens');
}

const times = Buffer.alloc(32);

function fillTimes(atime: Timespec, mtime: Timespec): void {
  times.writeBigInt64LE(atime.seconds, 0);
  times.writeBigInt64LE(BigInt(atime.nanoseconds), 8);
  times.writeBigInt64LE(mtime.seconds, 16);
  times.writeBigInt64LE(BigInt(mtime.nanoseconds), 24);
}

/** open(2) flags that node:fs does not name. */
export const O = {path: 0o10000000, cloexec: 0o2000000} as const;

/** openat2(2) resolve flags, from linux/openat2.h. */
export const RESOLVE = {noMagicLinks: 2n, noSymlinks: 4n, beneath: 8n, inRoot: 16n} as const;

const SYS_OPENAT2 = 437n; // the same number on every architecture

/**
 * openat2(2) below the open folder `folderFd`. The descriptor is close-on-exec; the caller closes it.
 * Throws LibcError: ENOSYS before Linux 5.6.
 */
export function openAt2(folderFd: number, path: Path, flags: number, resolve: bigint): number {
  return check(callOpenAt2(folderFd, path, {flags, resolve}), 'openat2', path);
}

/** The same, but undefined where nothing is: an error takes longer to make than the call. */
export function openAt2IfThere(
  folderFd: number,
  path: Path,
  flags: number,
  resolve: bigint,
): number | undefined {
  const result = callOpenAt2(folderFd, path, {flags, resolve});
  if (result >= 0) return Number(result);
  const {ENOENT, ENOTDIR, ELOOP} = constants.errno;
  const errno = getInt32(errnoAddress);
  if (errno === ENOENT || errno === ENOTDIR || errno === ELOOP) return undefined;
  throw new LibcError(errno, 'openat2', path.toString());
}

function callOpenAt2(
  folderFd: number,
  path: Path,
  {flags, resolve}: {flags: number; resolve: bigint},
): number | bigint {
  const how = Buffer.alloc(24);
  how.writeBigUInt64LE(BigInt(flags | O.cloexec), 0);
  how.writeBigUInt64LE(resolve, 16);
  return libc.syscall(SYS_OPENAT2, folderFd, cString(path), how, 24n);
}

/** lseek(2) to the next data or hole at or after `offset`. Throws LibcError: ENXIO where only a hole follows, and at the end. */
export function seekSparse(fd: number, offset: number, to: 'data' | 'hole'): number {
  return check(libc.lseek(fd, BigInt(offset), to === 'data' ? 3 : 4), 'lseek');
}

const CLONE_NEWNS = 0x20000;

/** unshare(2): the calling thread gets mounts, and a working folder, of its own. Throws LibcError. */
export function unshareMounts(): void {
  check(libc.unshare(CLONE_NEWNS), 'unshare');
}

/** setns(2): the calling thread enters a mount namespace; its working folder is then the root there. Throws LibcError. */
export function enterMounts(namespaceFd: number): void {
  check(libc.setns(namespaceFd, CLONE_NEWNS), 'setns');
}

const PER_LINUX32 = 8n;
const QUERY = 0xffffffffn;

/** True when this arm64 processor and kernel run 32-bit programs: personality(2) refuses them where they do not. */
export function runs32BitArm(): boolean {
  const own = libc.personality(QUERY);
  if (libc.personality(PER_LINUX32) < 0) return false;
  libc.personality(BigInt(own));
  return true;
}

const SYS_QUOTACTL_FD = 443n; // the same number on every architecture

/**
 * quotactl_fd(2) on the file system that holds an open file; `command` is one of QCMD's. Throws LibcError: ENOSYS before Linux
 * 5.14, ESRCH where such quotas are not switched on.
 */
export function quotactl(fd: number, command: number, id: number, data: Buffer): void {
  // A declaration of its own, made only here: few containers have a quota.
  quotaCall ??= dlopen('libc.so.6', {
    syscall: {arguments: ['i64', 'i32', 'u32', 'u32', 'buffer'], return: 'i64'},
  }).functions.syscall;
  check(quotaCall(SYS_QUOTACTL_FD, fd, command, id, data), 'quotactl_fd');
}

let quotaCall:
  | ((number: bigint, fd: number, command: number, id: number, data: Buffer) => bigint)
  | undefined;

/** ioctl(2) with a structure that the kernel reads or fills. Throws LibcError: ENOTTY where the file has no such call. */
export function ioctl(fd: number, request: bigint, data: Buffer): void {
  check(libc.ioctl(fd, request, data), 'ioctl');
}

const CAP_VERSION_3 = 0x20080522;

/** Does something without one of the effective capabilities of this thread, by its number in linux/capability.h. */
export function withoutCapability<T>(capability: number, action: () => T): T {
  const header = Buffer.alloc(8);
  header.writeUInt32LE(CAP_VERSION_3, 0);
  // Effective, permitted, inheritable of the first 32 capabilities, then of the others.
  const held = Buffer.alloc(24);
  check(libc.capget(header, held), 'capget');
  const fewer = Buffer.from(held);
  const word = capability < 32 ? 0 : 12;
  fewer.writeUInt32LE((held.readUInt32LE(word) & ~(1 << (capability % 32))) >>> 0, word);
  check(libc.capset(header, fewer), 'capset');
  try {
    return action();
  } finally {
    check(libc.capset(header, held), 'capset');
  }
}

/** syncfs(2): writes back the whole file system that holds the open descriptor. Blocks for as long as that takes. */
export function syncfs(fd: number): void {
  check(libc.syncfs(fd), 'syncfs');
}

const STA_UNSYNC = 0x40;

/** What adjtimex(2) says of the clock: true while a time service keeps it. */
export function kernelClockIsSynchronized(): boolean {
  // struct timex of 64-bit machines: 208 bytes, all zero asks alone, and status is at 40.
  const timex = Buffer.alloc(208);
  check(libc.adjtimex(timex), 'adjtimex');
  return (timex.readInt32LE(40) & STA_UNSYNC) === 0;
}

const FADV_DONTNEED = 4;

/** posix_fadvise(2): drops what the kernel remembers of an open file, so that the next read asks the disk. Only a wish. */
export function forgetContent(fd: number): void {
  // Returns the errno. A file system that does not take it goes on as before.
  libc.posix_fadvise(fd, 0n, 0n, FADV_DONTNEED);
}

export const LOCK = {shared: 1, exclusive: 2, nonBlocking: 4, unlock: 8} as const;

/** flock(2) without waiting. False when another open file holds it. The lock goes with the last descriptor. */
export function tryFlock(fd: number, mode: 'shared' | 'exclusive'): boolean {
  try {
    check(libc.flock(fd, LOCK[mode] | LOCK.nonBlocking), 'flock');
    return true;
  } catch (error) {
    if (error instanceof LibcError && error.code === 'EAGAIN') return false;
    throw error;
  }
}

const AF_UNIX = 1;
const SOCK_DGRAM = 2;
const SOCK_SEQPACKET = 5;
const SOCK_NONBLOCK = 0o4000;
const SOCK_CLOEXEC = 0o2000000;

/**
 * A connected AF_UNIX SOCK_SEQPACKET descriptor, which `net.connect` cannot open: one read returns one packet.
 * `path` has at most 107 bytes. The caller closes it. Throws LibcError.
 */
export function connectSeqpacket(path: string): number {
  return connectUnix(path, SOCK_SEQPACKET);
}

/**
 * A connected AF_UNIX SOCK_DGRAM descriptor, which Node.js's dgram does not have: one write is one datagram, and fails with
 * EAGAIN instead of waiting. Otherwise as connectSeqpacket.
 */
export function connectDatagram(path: string): number {
  return connectUnix(path, SOCK_DGRAM | SOCK_NONBLOCK);
}

function connectUnix(path: string, type: number): number {
  const address = Buffer.alloc(110);
  if (Buffer.byteLength(path) > 107) throw new LibcError(constants.errno.ENAMETOOLONG, 'connect', path);
  address.writeUInt16LE(AF_UNIX, 0);
  address.write(path, 2);
  const fd = check(libc.socket(AF_UNIX, type | SOCK_CLOEXEC, 0), 'socket');
  try {
    check(libc.connect(fd, address, address.length), 'connect', path);
    return fd;
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

const AF_NETLINK = 16;
const SOCK_RAW = 3;

/** A netlink(7) descriptor that is connected to the kernel: one write asks, each read returns one answer. */
export function openNetlink(protocol: number): number {
  return check(libc.socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol), 'socket');
}

const SHUT = {write: 1, both: 2} as const;

/**
 * shutdown(2): `write` tells the peer that nothing more comes, `both` also ends a read that waits in another thread.
 * Throws LibcError: ENOTCONN when the peer is gone already.
 */
export function shutdownSocket(fd: number, how: keyof typeof SHUT): void {
  check(libc.shutdown(fd, SHUT[how]), 'shutdown');
}
