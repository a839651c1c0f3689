// The engine's own filter of system calls, for hosts whose distribution installs none: in effect Docker's default on
// arm64 and amd64 (a test compares them). What is not listed fails with EPERM.
import type {SeccompArgument, SeccompOperator} from '../src/oci/runtime-spec.ts';
import type {SeccompCondition, SeccompProfile, SeccompProfileRule} from './seccomp.ts';

/** Calls that any container may make, by subject. Names of 32-bit architectures stand beside their modern ones. */
const harmless = {
  files: `
    access chmod chown chown32 close close_range copy_file_range creat dup dup2 dup3 faccessat faccessat2 fadvise64
    fadvise64_64 fallocate fchmod fchmodat fchmodat2 fchown fchown32 fchownat fcntl fcntl64 fdatasync flock fstat
    fstat64 fstatat64 fsync ftruncate ftruncate64 futimesat getdents getdents64 ioctl lchown lchown32 link linkat
    _llseek lseek lstat lstat64 mkdir mkdirat mknod mknodat name_to_handle_at newfstatat open openat openat2 pread64
    preadv preadv2 pwrite64 pwritev pwritev2 read readahead readlink readlinkat readv rename renameat renameat2 rmdir
    stat stat64 statx symlink symlinkat sync sync_file_range syncfs truncate truncate64 umask unlink unlinkat utime
    utimensat utimensat_time64 utimes write writev`,
  fileSystems: 'chdir fchdir fstatfs fstatfs64 getcwd listmount statfs statfs64 statmount',
  extendedAttributes: `
    fgetxattr flistxattr fremovexattr fsetxattr getxattr getxattrat lgetxattr listxattr listxattrat llistxattr
    lremovexattr lsetxattr removexattr removexattrat setxattr setxattrat`,
  waitingForFiles: `
    epoll_create epoll_create1 epoll_ctl epoll_ctl_old epoll_pwait epoll_pwait2 epoll_wait epoll_wait_old eventfd
    eventfd2 fanotify_mark inotify_add_watch inotify_init inotify_init1 inotify_rm_watch _newselect poll ppoll
    ppoll_time64 pselect6 pselect6_time64 select`,
  movingData: 'pipe pipe2 sendfile sendfile64 splice tee vmsplice',
  queuedInputOutput: `
    io_cancel io_destroy io_getevents io_pgetevents io_pgetevents_time64 io_setup io_submit ioprio_get ioprio_set`,
  memory: `
    brk madvise map_shadow_stack membarrier memfd_create memfd_secret mincore mlock mlock2 mlockall mmap mmap2 mprotect
    mremap mseal msync munlock munlockall munmap pkey_alloc pkey_free pkey_mprotect remap_file_pages cachestat`,
  sockets: `
    accept accept4 bind connect getpeername getsockname getsockopt listen recv recvfrom recvmmsg recvmmsg_time64 recvmsg
    send sendmmsg sendmsg sendto setsockopt shutdown socketcall socketpair`,
  systemVandPosixIpc: `
    ipc mq_getsetattr mq_notify mq_open mq_timedreceive mq_timedreceive_time64 mq_timedsend mq_timedsend_time64 mq_unlink
    msgctl msgget msgrcv msgsnd semctl semget semop semtimedop semtimedop_time64 shmat shmctl shmdt shmget`,
  processes: `
    execve execveat exit exit_group fork getpgid getpgrp getpid getppid getsid gettid kill pidfd_open pidfd_send_signal
    prctl process_mrelease setpgid setsid tgkill tkill vfork wait4 waitid waitpid`,
  threads: `
    futex futex_requeue futex_time64 futex_wait futex_waitv futex_wake get_robust_list get_thread_area restart_syscall
    rseq set_robust_list set_thread_area set_tid_address uretprobe`,
  scheduling: `
    getcpu getpriority sched_getaffinity sched_getattr sched_getparam sched_get_priority_max sched_get_priority_min
    sched_getscheduler sched_rr_get_interval sched_rr_get_interval_time64 sched_setaffinity sched_setattr sched_setparam
    sched_setscheduler sched_yield setpriority`,
  signals: `
    pause rt_sigaction rt_sigpending rt_sigprocmask rt_sigqueueinfo rt_sigreturn rt_sigsuspend rt_sigtimedwait
    rt_sigtimedwait_time64 rt_tgsigqueueinfo sigaltstack signalfd signalfd4 sigprocmask sigreturn`,
  identity: `
    getegid getegid32 geteuid geteuid32 getgid getgid32 getgroups getgroups32 getresgid getresgid32 getresuid
    getresuid32 getuid getuid32 setfsgid setfsgid32 setfsuid setfsuid32 setgid setgid32 setgroups setgroups32 setregid
    setregid32 setresgid setresgid32 setresuid setresuid32 setreuid setreuid32 setuid setuid32`,
  confinement: `
    capget capset landlock_add_rule landlock_create_ruleset landlock_restrict_self seccomp`,
  time: `
    adjtimex alarm clock_adjtime clock_adjtime64 clock_getres clock_getres_time64 clock_gettime clock_gettime64
    clock_nanosleep clock_nanosleep_time64 getitimer gettimeofday nanosleep setitimer time timer_create timer_delete
    timer_getoverrun timer_gettime timer_gettime64 timer_settime timer_settime64 timerfd_create timerfd_gettime
    timerfd_gettime64 timerfd_settime timerfd_settime64 times`,
  limitsAndFacts: `
    getrandom getrlimit getrusage prlimit64 riscv_hwprobe setrlimit sysinfo ugetrlimit uname`,
};

/** Calls that come with a capability, because without it they are of no use or a way out. */
const withCapability: Readonly<Record<string, string>> = {
  CAP_DAC_READ_SEARCH: 'open_by_handle_at',
  CAP_SYS_ADMIN: `
    bpf clone clone3 fanotify_init fsconfig fsmount fsopen fspick lookup_dcookie lsm_get_self_attr lsm_list_modules
    lsm_set_self_attr mount mount_setattr move_mount open_tree perf_event_open quotactl quotactl_fd setdomainname
    sethostname setns syslog umount umount2 unshare`,
  CAP_SYS_BOOT: 'reboot',
  CAP_SYS_CHROOT: 'chroot',
  CAP_SYS_MODULE: 'delete_module finit_module init_module',
  CAP_SYS_PACCT: 'acct',
  CAP_SYS_PTRACE: 'kcmp pidfd_getfd process_madvise process_vm_readv process_vm_writev ptrace',
  CAP_SYS_RAWIO: 'ioperm iopl',
  CAP_SYS_TIME: 'clock_settime clock_settime64 settimeofday stime',
  CAP_SYS_TTY_CONFIG: 'vhangup',
  CAP_SYS_NICE: 'get_mempolicy mbind set_mempolicy set_mempolicy_home_node',
  CAP_SYSLOG: 'syslog',
  CAP_BPF: 'bpf',
  CAP_PERFMON: 'perf_event_open',
};

const addressFamilies = {alg: 38, vsock: 40};

/** PER_LINUX, PER_LINUX32, UNAME26, both together, and the question what it is now. */
const personalities = [0, 0x8, 0x20000, 0x20008, 0xffffffff];

/** CLONE_NEW* of namespaces: mount, cgroup, uts, ipc, user, pid, net. */
const namespaceFlags = 0x7e020000;
const noSuchCall = 38;

export const defaultSeccompProfile: SeccompProfile = {
  defaultAction: 'SCMP_ACT_ERRNO',
  defaultErrnoRet: 1,
  archMap: [
    {architecture: 'SCMP_ARCH_AARCH64', subArchitectures: ['SCMP_ARCH_ARM']},
    {architecture: 'SCMP_ARCH_X86_64', subArchitectures: ['SCMP_ARCH_X86', 'SCMP_ARCH_X32']},
  ],
  syscalls: [
    allow(Object.values(harmless).join(' ')),
    // Kernels before 4.8 let a traced process change the call after the filter has seen it.
    allow('process_vm_readv process_vm_writev ptrace', {includes: {minKernel: '4.8'}}),
    // Sockets of the kernel's crypto (38) and of the hypervisor (40) reach past the container.
    allow('socket', {args: [argument('LT', addressFamilies.alg)]}),
    allow('socket', {args: [argument('EQ', addressFamilies.alg + 1)]}),
    allow('socket', {args: [argument('GT', addressFamilies.vsock)]}),
    ...personalities.map((value) => allow('personality', {args: [argument('EQ', value)]})),
    allow('arm_fadvise64_64 arm_sync_file_range breakpoint cacheflush set_tls sync_file_range2', {
      includes: {arches: ['arm', 'arm64']},
    }),
    allow('arch_prctl', {includes: {arches: ['amd64', 'x32']}}),
    allow('modify_ldt', {includes: {arches: ['amd64', 'x32', 'x86']}}),
    ...Object.entries(withCapability).map(([capability, names]) =>
      allow(names, {includes: {caps: [capability]}}),
    ),
    // Threads and processes, but no namespaces. The flags of clone3 are behind a pointer, where a filter cannot
    // look: "no such call" makes programs fall back to clone.
    allow('clone', {
      args: [argument('MASKED_EQ', namespaceFlags)],
      excludes: {caps: ['CAP_SYS_ADMIN']},
    }),
    {
      names: ['clone3'],
      action: 'SCMP_ACT_ERRNO',
      errnoRet: noSuchCall,
      excludes: {caps: ['CAP_SYS_ADMIN']},
    },
  ],
};

interface RuleConditions {
  args?: SeccompArgument[];
  includes?: SeccompCondition;
  excludes?: SeccompCondition;
}

function allow(names: string, conditions: RuleConditions = {}): SeccompProfileRule {
  return {names: names.trim().split(/\s+/), action: 'SCMP_ACT_ALLOW', ...conditions};
}

// On the first argument, which is the one that all of these rules look at.
function argument(comparison: 'LT' | 'EQ' | 'GT' | 'MASKED_EQ', value: number): SeccompArgument {
  const op: SeccompOperator = `SCMP_CMP_${comparison}`;
  return {index: 0, value, op};
}
