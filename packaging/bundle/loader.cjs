'use strict';
// dist/crundle.cjs: the file that Node runs. It opens the packs and runs the first; nothing else of a version is in it.
const {openSync, readSync} = require('node:fs');
const {Script} = require('node:vm');
const file = openSync(`${__dirname}/crundle.packs`);
const index = JSON.parse(read(0, 1024).latin1Slice());
let scripts; // kept only while the build runs

function read(offset, size) {
  const bytes = Buffer.allocUnsafeSlow(size);
  if (readSync(file, bytes, 0, size, offset) !== size)
    throw new Error(`${__dirname}/crundle.packs is cut short: install crundle again`);
  return bytes;
}

exports.runPack = (name, ...parameters) => {
  const [offset, textSize, codeSize] = index[name];
  const bytes = read(offset, textSize + codeSize);
  const script = new Script(bytes.latin1Slice(0, textSize), {
    // Not a path: V8 writes the name into the compiled code, which is the same wherever it was built.
    filename: `crundle/${name}.js`,
    cachedData: codeSize > 0 ? bytes.subarray(textSize) : undefined,
  });
  scripts?.set(name, script);
  return script.runInThisContext()(...parameters);
};

// For the build: from now on keeps the scripts of packs, which tell what was compiled and whether compiled code was taken.
exports.keepScripts = () => (scripts ??= new Map());

exports.runPack('main', exports, require, module, __dirname);
