// A block device of this machine that limits can be put on: the limit concerns the test's own cgroup alone.
import {existsSync, readdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';

export interface BlockDevice {
  path: string;
  /** `254:0`, as the kernel writes it into the files of a cgroup. */
  numbers: string;
}

/** The first disk that has a size; undefined on a machine without one. */
export const blockDevice: BlockDevice | undefined = findDisk();

function findDisk(): BlockDevice | undefined {
  const read = (disk: string, file: string) => readFileSync(join('/sys/block', disk, file), 'utf8').trim();
  const disks = readdirSync('/sys/block').filter(
    // Loop devices come and go with other tests.
    (disk) => existsSync(`/dev/${disk}`) && !disk.startsWith('loop') && read(disk, 'size') !== '0',
  );
  const [disk] = disks;
  return disk === undefined ? undefined : {path: `/dev/${disk}`, numbers: read(disk, 'dev')};
}
