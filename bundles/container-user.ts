// Who a container's first process runs as: Docker's rules for --user and the image's USER.

export interface ContainerUser {
  uid: number;
  gid: number;
  additionalGids: number[];
  /** The home folder in the image's passwd file, or `/`. */
  home: string;
  /** The name in the passwd file, when the user has one there. */
  name?: string;
}
