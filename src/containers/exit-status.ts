// How a container's PID 1, or a command in a container, ended.

export interface ExitStatus {
  /** 0 to 255; 128 plus the signal's number when a signal ended it. */
  exitCode: number;
  /** The kernel's memory controller killed it. */
  oomKilled: boolean;
}
