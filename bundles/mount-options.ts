// What a person asks to be mounted, as values. Plain data, stored with the container as JSON.

export type MountOption = BindMount | VolumeMount | TmpfsMount;

/** Where a mount comes from when it is not from -v or --tmpfs. `inherited`: from --volumes-from, when it was created. */
export type MountOrigin = 'mount' | 'inherited';

export interface BindMount {
  type: 'bind';
  /** Absolute path on the host. It is made when it is missing, but for --mount, which wants it to be there. */
  source: string;
  target: string;
  readOnly: boolean;
  propagation: MountPropagation;
  /** Absent: 'enabled'. */
  recursion?: BindRecursion;
  origin?: MountOrigin;
}

export interface VolumeMount {
  type: 'volume';
  /** Absent for an anonymous volume, which goes with its container under --rm. */
  name?: string;
  target: string;
  readOnly: boolean;
  /** Do not fill an empty volume with what the image has at the target. */
  noCopy: boolean;
  /** A folder or file in the volume, as a relative path, to mount instead of its top. */
  subpath?: string;
  /** Of the volume, if this container is what makes it. */
  labels?: Record<string, string>;
  origin?: MountOrigin;
}

export interface TmpfsMount {
  type: 'tmpfs';
  target: string;
  /** mount(8) options as given, such as `size=64m`, `mode=1777`. */
  options: string[];
  origin?: MountOrigin;
}

export type MountPropagation = 'private' | 'rprivate' | 'shared' | 'rshared' | 'slave' | 'rslave';

/**
 * What is mounted below the source comes along, but with 'disabled'. Of a read-only mount, what comes along is read-only
 * too where the kernel can do that; never with 'writable', or else an error with 'readonly'.
 */
export type BindRecursion = 'enabled' | 'disabled' | 'writable' | 'readonly';
