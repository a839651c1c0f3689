// The little of oclif's Config that one of crundle's own commands needs to run: no package.json, manifest or
// plugins are read. Commands of plugins run under oclif's real Config.

import type {Config} from '@oclif/core/config';

const light = {
  bin: 'crundle',
  userAgent: 'crundle',
  runHook: async () => ({failures: [], successes: []}),
  scopedEnvVarKeys: () => [],
};

/** A Config for `new SomeCommand(argv, lightConfig)`; anything it lacks throws, so that its absence is seen. */
export const lightConfig = new Proxy(light, {
  get(target, key) {
    if (Reflect.has(target, key) || typeof key === 'symbol' || key === 'then')
      return Reflect.get(target, key);
    throw new Error(`crundle's light oclif configuration has no '${key}'`);
  },
}) as unknown as Config;
