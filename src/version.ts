// The version of this crundle.
import packageJson from '../package.json' with {type: 'json'};

export const version: string = packageJson.version;
