// What `inspect` tells of an image, in the field names and types of Docker's API, so that scripts carry over.
// https://docs.docker.com/reference/api/engine/version/v1.48/#tag/Image/operation/ImageInspect

import type {StoredImage} from '../engine.ts';
import {familiar} from './image-name.ts';

export function imageInspect(image: StoredImage & {sizeBytes: number}) {
  const {config: document, platform} = image;
  const config = document.config ?? {};
  return {
    Id: image.id,
    RepoTags: image.references.map(familiar),
    RepoDigests: image.repoDigests.map(familiar),
    Parent: '',
    Comment: document.history?.at(-1)?.comment ?? '',
    Created: image.createdAt ? goInstant(image.createdAt, document.created) : '',
    DockerVersion: '',
    Author: document.author ?? '',
    Architecture: platform.architecture,
    ...(platform.variant !== undefined && {Variant: platform.variant}),
    Os: platform.os,
    Size: image.sizeBytes,
    GraphDriver: {Name: 'overlay2', Data: null},
    RootFS: {Type: 'layers', Layers: image.diffIds},
    Metadata: {LastTagTime: '0001-01-01T00:00:00Z'},
    Descriptor: {
      mediaType: image.manifest.mediaType ?? 'application/vnd.oci.image.manifest.v1+json',
      digest: image.manifestDigest,
    },
    Config: withAbsent({
      Hostname: '',
      Domainname: '',
      User: config.User ?? '',
      AttachStdin: false,
      AttachStdout: false,
      AttachStderr: false,
      ...(config.ExposedPorts && {ExposedPorts: config.ExposedPorts}),
      Tty: false,
      OpenStdin: false,
      StdinOnce: false,
      Env: config.Env ?? null,
      Cmd: config.Cmd ?? null,
      Image: '',
      Volumes: config.Volumes ?? null,
      WorkingDir: config.WorkingDir ?? '',
      Entrypoint: config.Entrypoint ?? null,
      OnBuild: config.OnBuild ?? null,
      Labels: config.Labels ?? null,
      ...(config.StopSignal !== undefined && {StopSignal: config.StopSignal}),
      ...(config.Healthcheck && {Healthcheck: config.Healthcheck}),
      ...(config.Shell && {Shell: config.Shell}),
    }),
  };
}

// What Docker leaves out of the document where it is empty, while a template finds it.
function withAbsent<T extends object>(config: T): T {
  const absent = {ExposedPorts: null, StopSignal: '', Healthcheck: null, Shell: null};
  for (const [name, value] of Object.entries(absent)) {
    if (!Object.hasOwn(config, name)) Object.defineProperty(config, name, {value, enumerable: false});
  }
  return config;
}

// As Go writes a time: UTC, and a fraction only where there is one, with all the digits that the config has.
function goInstant(time: Date, text = ''): string {
  const fraction = /\.(\d{1,9})/.exec(text)?.[1]?.replace(/0+$/, '');
  return `${time.toISOString().slice(0, 19)}${fraction ? `.${fraction}` : ''}Z`;
}
