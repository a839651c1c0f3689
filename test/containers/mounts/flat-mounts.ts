import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {mountsBelow} from '../../../src/containers/mounts/flat-mounts.ts';
import {parseMountinfo} from '../../../src/system/mounted.ts';

const mounts = parseMountinfo(`100 50 0:40 / / rw,relatime - overlay overlay rw
101 100 254:0 /srv /data rw,relatime - ext4 /dev/vda rw
102 101 0:41 / /data/with\\040space rw,relatime - tmpfs tmpfs rw
103 100 0:42 / /database rw,relatime - tmpfs tmpfs rw
104 102 0:43 / /data/with\\040space/deep rw,relatime - tmpfs tmpfs rw
`);

test('what is mounted on a mount, with its name unescaped', () => {
  assert.equal(mountsBelow(mounts, '/data'), ['/data/with space']);
  assert.equal(mountsBelow(mounts, '/data/with space'), ['/data/with space/deep']);
  assert.equal(mountsBelow(mounts, '/database'), []);
  assert.equal(mountsBelow(mounts, '/absent'), []);
});

test.run();
