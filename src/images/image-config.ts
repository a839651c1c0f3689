// Checks an image's config document into typed values: what a container made of the image runs by default. Pure.
import type {
  ImageConfig,
  ImageHealthcheck,
  ImageHistory,
  ImageManifest,
  ImageRuntimeConfig,
} from '../oci/image-spec.ts';
import {type JsonField, parseDocument} from './json-document.ts';
import {maxLayers} from './manifest.ts';

/**
 * Reads the config of an image and compares its layers with the manifest's. Absent and null fields are absent in
 * the result. `subject` is the image's name. Throws EngineError 'manifest-invalid'.
 */
export function parseImageConfig(bytes: Uint8Array, subject: string, manifest?: ImageManifest): ImageConfig {
  const document = parseDocument(bytes, `the config of ${subject}`);
  const config: ImageConfig = {
    os: document.has('os') ? document.get('os').argument() : 'linux',
    architecture: document.get('architecture').argument(),
    rootfs: readRootfs(document.get('rootfs'), manifest),
  };
  if (config.architecture === '') document.get('architecture').fail('is empty');
  if (document.has('variant')) config.variant = document.get('variant').argument();
  if (document.has('created')) config.created = document.get('created').string();
  if (document.has('author')) config.author = document.get('author').string();
  if (document.has('config')) config.config = readRuntimeConfig(document.get('config'));
  if (document.has('history')) config.history = document.get('history').list().map(readHistory);
  return config;
}

function readRootfs(field: JsonField, manifest: ImageManifest | undefined): ImageConfig['rootfs'] {
  if (field.get('type').string() !== 'layers') field.get('type').fail("is not 'layers'");
  const diffIds = field.has('diff_ids')
    ? field
        .get('diff_ids')
        .list(maxLayers)
        .map((item) => item.digest())
    : [];
  if (manifest && manifest.layers.length !== diffIds.length) {
    field
      .get('diff_ids')
      .fail(`has ${diffIds.length} items, but the manifest has ${manifest.layers.length} layers`);
  }
  return {type: 'layers', diff_ids: diffIds};
}

function readRuntimeConfig(field: JsonField): ImageRuntimeConfig {
  const config: ImageRuntimeConfig = {};
  const text = (name: 'User' | 'WorkingDir' | 'StopSignal') => {
    if (field.has(name)) config[name] = field.get(name).argument();
  };
  const list = (name: 'Env' | 'Entrypoint' | 'Cmd' | 'Shell' | 'OnBuild') => {
    const items = field.get(name).arguments();
    if (items) config[name] = items;
  };
  const set = (name: 'ExposedPorts' | 'Volumes') => {
    if (!field.has(name)) return;
    const names = field
      .get(name)
      .entries()
      .map(([key, value]) => (key.includes('\0') ? value.fail('has a NUL character') : key));
    config[name] = Object.fromEntries(names.map((key) => [key, {}]));
  };
  text('User');
  text('WorkingDir');
  text('StopSignal');
  list('Env');
  list('Entrypoint');
  list('Cmd');
  list('Shell');
  list('OnBuild');
  set('ExposedPorts');
  set('Volumes');
  const labels = field.get('Labels').stringMap();
  if (labels) config.Labels = labels;
  if (field.has('ArgsEscaped')) config.ArgsEscaped = field.get('ArgsEscaped').boolean();
  if (field.has('Healthcheck')) config.Healthcheck = readHealthcheck(field.get('Healthcheck'));
  return config;
}

function readHealthcheck(field: JsonField): ImageHealthcheck {
  const healthcheck: ImageHealthcheck = {};
  const test = field.get('Test').arguments();
  if (test) healthcheck.Test = test;
  for (const name of ['Interval', 'Timeout', 'StartPeriod', 'StartInterval', 'Retries'] as const) {
    if (field.has(name)) healthcheck[name] = field.get(name).integer(0, Number.MAX_SAFE_INTEGER);
  }
  return healthcheck;
}

function readHistory(field: JsonField): ImageHistory {
  const history: ImageHistory = {};
  for (const name of ['created', 'created_by', 'author', 'comment'] as const) {
    if (field.has(name)) history[name] = field.get(name).string();
  }
  if (field.has('empty_layer')) history.empty_layer = field.get('empty_layer').boolean();
  return history;
}
