// The flags of `docker run` in Docker 28, from https://docs.docker.com/reference/cli/docker/container/run/, with their letters.
// `docker create` has the same but for those that say what becomes of the running container.

export const dockerRunFlags: readonly {name: string; char: string | undefined}[] = `
  add-host annotation -a/attach blkio-weight blkio-weight-device cap-add cap-drop cgroup-parent
  cgroupns cidfile cpu-count cpu-percent cpu-period cpu-quota cpu-rt-period cpu-rt-runtime
  -c/cpu-shares cpus cpuset-cpus cpuset-mems -d/detach detach-keys device device-cgroup-rule
  device-read-bps device-read-iops device-write-bps device-write-iops disable-content-trust dns
  dns-option dns-search domainname entrypoint -e/env env-file expose gpus group-add health-cmd
  health-interval health-retries health-start-interval health-start-period health-timeout -h/hostname
  init -i/interactive io-maxbandwidth io-maxiops ip ip6 ipc isolation kernel-memory -l/label
  label-file link link-local-ip log-driver log-opt mac-address -m/memory memory-reservation
  memory-swap memory-swappiness mount name network network-alias no-healthcheck oom-kill-disable
  oom-score-adj pid pids-limit platform privileged -p/publish -P/publish-all pull -q/quiet read-only
  restart rm runtime security-opt shm-size sig-proxy stop-signal stop-timeout storage-opt sysctl tmpfs
  -t/tty ulimit use-api-socket -u/user userns uts -v/volume volume-driver volumes-from -w/workdir
`
  .trim()
  .split(/\s+/)
  .map((word) => {
    const [, char, name = ''] = /^(?:-(\w)\/)?(.+)$/.exec(word) ?? [];
    return {name, char};
  });

/** Not of `docker create`. */
export const dockerRunOnlyFlags: readonly string[] = ['detach', 'detach-keys', 'sig-proxy'];
