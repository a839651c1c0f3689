// Where a layer lives below the layers root, and why its name is short: the tree of one layer folder.
//
//   layers/NAME/layer.json       chainId, diffId, parent, sizeBytes, manifest (see layer-record.ts)
//   layers/NAME/manifest.mtree   what its files are (see layer-manifest.ts)
//   layers/NAME/d/               the unpacked files: the overlay lower folder
//   layers/tmp/RANDOM/…          the same, while it is being made
import {createHash} from 'node:crypto';

const alphabet = 'abcdefghijklmnopqrstuvwxyz234567';
const nameLength = 20;

/** The folder of unfinished layers below the layers root. */
export const temporaryFolder = 'tmp';

/** The folder of the unpacked files below a layer's folder. */
export const filesFolder = 'd';

/**
 * The folder name of a layer: 100 bits of its chainID in base32. mount(2) takes one page of options for all the
 * layers of an image, and 128 of these, relative to the layers root, use 2,944 bytes of its 4,096. The full
 * chainID is in layer.json and compared whenever a layer is looked up.
 */
export function layerFolderName(chainId: string): string {
  const hex = chainId.slice(chainId.indexOf(':') + 1);
  // sha256 is random already; hashing again spreads sha512 and sha256 over one name space.
  const bytes = chainId.startsWith('sha256:')
    ? Buffer.from(hex, 'hex')
    : createHash('sha256').update(chainId).digest();
  let bits = BigInt(`0x${bytes.toString('hex', 0, 13)}`) >> 4n;
  let name = '';
  for (let index = 0; index < nameLength; index++) {
    name = alphabet.charAt(Number(bits & 31n)) + name;
    bits >>= 5n;
  }
  return name;
}
