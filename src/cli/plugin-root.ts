// Where this crundle lies.

/** The folder with package.json, seen from the bundle that runs; undefined when run from source. */
export function pluginRoot(): string | undefined {
  const script = process.argv[1];
  return script?.endsWith('/dist/crundle.cjs') ? script.slice(0, -'/dist/crundle.cjs'.length) : undefined;
}
