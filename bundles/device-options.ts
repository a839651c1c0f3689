// Device files and device rules that a person asks for, as values. Plain data, stored with the container as JSON.

export interface DeviceOption {
  /** A device file of the host, or a folder whose device files are all meant. */
  source: string;
  /** Its path in the container. */
  target: string;
  /** Letters of `rwm`: read, write, make the file. */
  access: string;
}

/** Without a number every number is meant. */
export interface DeviceRuleOption {
  type: 'a' | 'b' | 'c';
  major?: number;
  minor?: number;
  access: string;
}
