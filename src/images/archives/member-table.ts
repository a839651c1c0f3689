// The names in a tar archive of images, and where each file is. What no archive of images has (a way out of the archive, a name
// twice, a device) is refused as it comes.
import {posix} from 'node:path';
import {invalidArchive, type MemberEntry} from './archive-members.ts';

/** An image has a few files a layer: more than in any archive that somebody has use for. */
const maxEntries = 100_000;
const maxNameBytes = 16 * 1024 * 1024;
/** Links to links: more is a circle. */
const maxLinks = 8;

/** `Place` is where a file is. */
export class MemberTable<Place> {
  readonly #archive: string;
  readonly #files = new Map<string, Place>();
  readonly #links = new Map<string, string>();
  #entries = 0;
  #nameBytes = 0;

  /** `archive`: its name, for messages. */
  constructor(archive: string) {
    this.#archive = archive;
  }

  /** Takes an entry; true for a file, whose place is then to be `put`. Throws EngineError 'archive-invalid'. */
  add({type, name, linkName, sparse}: MemberEntry): boolean {
    if (++this.#entries > maxEntries) this.#fail(`it has more than ${maxEntries} entries`);
    this.#nameBytes += name.length + linkName.length;
    if (this.#nameBytes > maxNameBytes) this.#fail(`its names have more than ${maxNameBytes} bytes`);
    const own = this.#inside(name, name);
    if (type === 'folder') return false;
    if (own === '' || this.#files.has(own) || this.#links.has(own)) this.#fail(`it has ${quote(name)} twice`);
    switch (type) {
      case 'file':
        if (sparse !== undefined) this.#fail(`${quote(name)} is a sparse file`);
        return true;
      case 'hard-link':
        this.#links.set(own, this.#inside(linkName, name));
        return false;
      case 'symbolic-link':
        // Old versions of Docker, and Podman, have a layer once and links to it.
        if (linkName.startsWith('/')) this.#fail(`the link ${quote(name)} leads out of it`);
        this.#links.set(own, this.#inside(`${posix.dirname(own)}/${linkName}`, name));
        return false;
      default:
        return this.#fail(`${quote(name)} is neither a file nor a folder nor a link`);
    }
  }

  put(name: string, place: Place): void {
    this.#files.set(normal(name), place);
  }

  /** `member` is text, as it stands in a document. */
  find(member: string): Place | undefined {
    let name = normal(Buffer.from(member).toString('latin1'));
    for (let links = 0; links < maxLinks; links++) {
      const place = this.#files.get(name);
      if (place !== undefined) return place;
      const target = this.#links.get(name);
      if (target === undefined) return undefined;
      name = target;
    }
    return undefined;
  }

  places(): Iterable<Place> {
    return this.#files.values();
  }

  #inside(name: string, entry: string): string {
    const own = normal(name);
    if (name.startsWith('/') || own === '..' || own.startsWith('../') || name.includes('\0'))
      this.#fail(`${quote(entry)} leads out of it`);
    return own;
  }

  #fail(why: string): never {
    throw invalidArchive(this.#archive, why);
  }
}

function normal(name: string): string {
  const own = posix.normalize(name).replace(/\/+$/, '');
  return own === '.' ? '' : own;
}

function quote(name: string): string {
  const text = Buffer.from(name, 'latin1').toString();
  return text.length > 200 ? `'${text.slice(0, 200)}…'` : `'${text}'`;
}
