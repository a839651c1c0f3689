// Commands that an installed oclif plugin brings. Loads the whole of oclif: its Config reads package.json, the
// manifest and the plugins listed there.

/** Runs the line if a plugin knows its command; undefined when none does. */
export async function runPluginCommand(argv: string[]): Promise<number | undefined> {
  const {pluginRoot} = await import('./plugin-root.ts');
  const root = pluginRoot();
  if (root === undefined) return undefined;
  // From the pack that holds the whole of oclif; see packaging/bundle/.
  const {Config} = await import('@oclif/core/config');
  const config = await Config.load({root, devPlugins: false});
  const words = [argv.slice(0, 2), argv.slice(0, 1)].find(
    (one) => config.findCommand(one.join(':')) !== undefined,
  );
  if (words === undefined) return undefined;
  await config.runCommand(words.join(':'), argv.slice(words.length));
  return typeof process.exitCode === 'number' ? process.exitCode : 0;
}
