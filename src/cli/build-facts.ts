// What the bundle knows of itself: values that build.ts puts in, with plain answers when run from source.

declare const CRUNDLE_VERSION: string | undefined;

/** The version in package.json at the time of the build. */
export function crundleVersion(): string {
  return typeof CRUNDLE_VERSION === 'string' ? CRUNDLE_VERSION : '0.0.0-source';
}

/** The folder with package.json, seen from the bundle that runs; undefined when run from source. */
export function pluginRoot(): string | undefined {
  const script = process.argv[1];
  return script?.endsWith('/dist/crundle.cjs') ? script.slice(0, -'/dist/crundle.cjs'.length) : undefined;
}
