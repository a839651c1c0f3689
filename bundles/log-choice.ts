// Where a container's output is kept, as a value. Plain data, stored with the container as JSON.

export interface LogChoice {
  /** Absent: the file. 'k8s-file' and 'json-file' are two names of it. */
  driver?: LogDriver;
  /** What is absent is the configuration's. */
  maxSizeBytes?: number;
  maxFile?: number;
  /** As they were given, for `inspect`. */
  given: Record<string, string>;
}

export type LogDriver = 'json-file' | 'k8s-file' | 'journald' | 'none';
