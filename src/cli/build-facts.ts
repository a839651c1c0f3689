// What this crundle is and where it lies.

import packageJson from '../../package.json' with {type: 'json'};

/** The version in package.json. */
export function crundleVersion(): string {
  return packageJson.version;
}

/** The folder with package.json, seen from the bundle that runs; undefined when run from source. */
export function pluginRoot(): string | undefined {
  const script = process.argv[1];
  return script?.endsWith('/dist/crundle.cjs') ? script.slice(0, -'/dist/crundle.cjs'.length) : undefined;
}
