import {DockerCommand} from '../src/cli/docker-command.ts';
import {eachObject} from '../src/cli/each-object.ts';
import {someArguments, text, toggle} from '../src/cli/flag-kinds.ts';
import {imageInspect} from '../src/cli/image-inspect.ts';
import {inspectedText} from '../src/cli/inspected.ts';
import {UsageError} from '../src/cli/usage-error.ts';
import {volumeInspect} from '../src/cli/volume-list.ts';
import type {Engine} from '../src/engine.ts';
import {EngineError, type ErrorCode, isEngineError} from '../src/errors.ts';

export default class Inspect extends DockerCommand {
  static override id = 'inspect';
  static override group = 'system' as const;
  static override summary = 'Show everything about containers, images, networks and volumes, as JSON';
  static override description =
    "Field names and types are those of Docker's API. A name is looked up among containers first, then images, networks and volumes.";
  static override args = {name: someArguments('Name or id of a container, an image, a network or a volume')};
  static override flags = {
    format: text({char: 'f', description: "'json', or a Go template"}),
    size: toggle({
      char: 's',
      description: 'Show how much a container has written (SizeRw), and that and its image',
    }),
    type: text({
      description: "Look only at objects of this type: 'container', 'image', 'network' or 'volume'",
    }),
  };
  static override examples = [{description: 'One field', command: "crundle inspect -f '{{.State.Pid}}' web"}];

  override async run(): Promise<number> {
    const {args, flags} = await this.parse(Inspect);
    const lookUps = lookUpsFor(flags.type);
    const engine = await this.engine();
    const found: unknown[] = [];
    const exitCode = await eachObject(args.name, async (name) => {
      found.push(await lookUp(engine, name, lookUps, flags.size ?? false));
    });
    this.print(await inspectedText(found, flags.format));
    return exitCode;
  }
}

type LookUp = (engine: Engine, name: string, sizes: boolean) => Promise<unknown>;

const container: LookUp = (engine, name, sizes) => engine.containers.inspect(name, {sizes});
const image: LookUp = async (engine, name) => imageInspect(await engine.images.get(name));
const network: LookUp = (engine, name) => engine.networks.inspect(name);
const volume: LookUp = async (engine, name) => volumeInspect(await engine.volumes.inspect(name));

function lookUpsFor(type: string | undefined): LookUp[] {
  switch (type) {
    case undefined:
    case '':
      return [container, image, network, volume];
    case 'container':
      return [container];
    case 'image':
      return [image];
    case 'network':
      return [network];
    case 'volume':
      return [volume];
    default:
      throw new UsageError(
        `unknown type: "${type}": must be one of "container", "image", "network", "volume"`,
        {
          exit: 1,
        },
      );
  }
}

const absences: ErrorCode[] = [
  'container-not-found',
  'image-not-found',
  'invalid-reference',
  'network-not-found',
  'volume-not-found',
];

async function lookUp(engine: Engine, name: string, lookUps: LookUp[], sizes: boolean): Promise<unknown> {
  for (const attempt of lookUps) {
    try {
      return await attempt(engine, name, sizes);
    } catch (error) {
      if (!isEngineError(error, ...absences)) throw error;
      if (lookUps.length === 1) throw error;
    }
  }
  throw new EngineError('container-not-found', `no such object: ${name}`);
}
