// busybox for arm64 with another configuration, in a registry that takes pushes.
import {execFileSync} from 'node:child_process';
import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {gunzipSync} from 'node:zlib';
import type {ImageRuntimeConfig} from '../../src/oci/image-spec.ts';
import {busyboxLayer} from './busybox-layer.ts';
import {writeOciLayout} from './oci-layout.ts';
import {testHost} from './test-host.ts';

/** Pushes it as `name` to the registry, which is writable; returns what to pull. */
export async function pushBusybox(
  registry: string,
  name: string,
  config: ImageRuntimeConfig,
): Promise<string> {
  const folder = mkdtempSync(join(testHost.tmp, 'image-'));
  const layer = join(folder, 'layer.tar');
  writeFileSync(layer, gunzipSync(readFileSync(busyboxLayer())));
  const layout = join(folder, 'layout');
  const env = ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'];
  await writeOciLayout(layout, [
    {architecture: 'arm64', variant: 'v8', layers: [layer], config: {Env: env, Cmd: ['sh'], ...config}},
  ]);
  const target = `${registry}/${name}`;
  execFileSync('skopeo', [
    ...['--override-arch', 'arm64', '--override-variant', 'v8', '--insecure-policy', 'copy', '--quiet'],
    // OCI's format has no field for a health check, and Docker reads it from its own alone.
    ...['--format', 'v2s2', '--dest-tls-verify=false', `oci:${layout}:latest`, `docker://${target}`],
  ]);
  rmSync(folder, {recursive: true});
  return target;
}
