// What a registry keeps of pushes: blobs by repository, and uploads that have begun. Answers as the distribution
// specification says, with what a broken connection left kept, which Debian's docker-registry drops.
import {createHash, randomUUID} from 'node:crypto';
import type {FakeAnswer} from './fake-answer.ts';
import type {FakeRequest} from './fake-registry.ts';

interface Upload {
  repository: string;
  bytes: Buffer;
}

export class FakeUploads {
  /** Digests that each repository has. */
  readonly repositories = new Map<string, Set<string>>();
  readonly #uploads = new Map<string, Upload>();
  readonly #keep: (digest: string, bytes: Buffer) => void;

  /** `keep` is told of each blob that is whole. */
  constructor(keep: (digest: string, bytes: Buffer) => void) {
    this.#keep = keep;
  }

  add(repository: string, digest: string): void {
    const digests = this.repositories.get(repository) ?? new Set();
    this.repositories.set(repository, digests.add(digest));
  }

  /** The uploads that have begun and not ended. */
  get open(): number {
    return this.#uploads.size;
  }

  forget(): void {
    this.#uploads.clear();
  }

  /** Of a request whose body broke off: what came of it is kept. */
  keepPart({method, path, bytes}: FakeRequest): void {
    const upload = this.#uploads.get(path.split('/').at(-1) ?? '');
    if (method === 'PATCH' && upload) upload.bytes = Buffer.concat([upload.bytes, bytes]);
  }

  answer(request: FakeRequest, repository: string, id: string): FakeAnswer {
    if (request.method === 'POST') return this.#begin(request, repository);
    const upload = this.#uploads.get(id);
    if (!upload || upload.repository !== repository) return error(404, 'BLOB_UPLOAD_UNKNOWN');
    if (request.method === 'GET') return state(204, id, upload);
    const start = Number(/^(\d+)-\d+$/.exec(request.headers['content-range'] ?? '')?.[1] ?? 0);
    if (request.bytes.length > 0 && start !== upload.bytes.length) return error(416, 'RANGE_INVALID');
    upload.bytes = Buffer.concat([upload.bytes, request.bytes]);
    if (request.method === 'PATCH') return state(202, id, upload);
    return this.#finish(request.query.get('digest') ?? '', id, upload);
  }

  #begin({query}: FakeRequest, repository: string): FakeAnswer {
    const [digest, from] = [query.get('mount'), query.get('from')];
    if (digest && from && this.repositories.get(from)?.has(digest)) {
      this.add(repository, digest);
      return {status: 201, headers: {location: `/v2/${repository}/blobs/${digest}`}};
    }
    const id = randomUUID();
    const upload = {repository, bytes: Buffer.alloc(0)};
    this.#uploads.set(id, upload);
    return state(202, id, upload);
  }

  #finish(digest: string, id: string, {repository, bytes}: Upload): FakeAnswer {
    this.#uploads.delete(id);
    if (`sha256:${createHash('sha256').update(bytes).digest('hex')}` !== digest) {
      return error(400, 'DIGEST_INVALID', 'provided digest did not match uploaded content');
    }
    this.#keep(digest, bytes);
    this.add(repository, digest);
    return {status: 201, headers: {location: `/v2/${repository}/blobs/${digest}`}};
  }
}

function state(status: number, id: string, {repository, bytes}: Upload): FakeAnswer {
  const location = `/v2/${repository}/blobs/uploads/${id}?_state=a%2Fb%3D%3D`;
  return {status, headers: {location, range: `0-${Math.max(0, bytes.length - 1)}`}};
}

function error(status: number, code: string, message = code.toLowerCase().replaceAll('_', ' ')): FakeAnswer {
  const headers = {'content-type': 'application/json'};
  return {status, headers, body: JSON.stringify({errors: [{code, message}]})};
}
