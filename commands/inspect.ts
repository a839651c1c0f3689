import {DockerCommand} from '../src/cli/docker-command.ts';
import {eachObject} from '../src/cli/each-object.ts';
import {someArguments, text} from '../src/cli/flag-kinds.ts';
import {imageInspect} from '../src/cli/image-inspect.ts';
import {inspectedText} from '../src/cli/inspected.ts';
import {UsageError} from '../src/cli/usage-error.ts';
import type {Engine} from '../src/engine.ts';
import {EngineError, type ErrorCode, isEngineError} from '../src/errors.ts';

export default class Inspect extends DockerCommand {
  static override id = 'inspect';
  static override group = 'system' as const;
  static override summary = 'Show everything about containers, images and networks, as JSON';
  static override description =
    "Field names and types are those of Docker's API. A name is looked up among containers first, then images, then networks.";
  static override args = {name: someArguments('Name or id of a container, an image or a network')};
  static override flags = {
    format: text({char: 'f', description: "'json', or a Go template"}),
    type: text({description: "Look only at objects of this type: 'container', 'image' or 'network'"}),
  };
  static override unsupported = {size: 'sizes of containers are not built yet'};
  static override unsupportedChars = {s: 'size'};
  static override examples = [{description: 'One field', command: "crundle inspect -f '{{.State.Pid}}' web"}];

  override async run(): Promise<number> {
    const {args, flags} = await this.parse(Inspect);
    const lookUps = lookUpsFor(flags.type);
    const engine = await this.engine();
    const found: unknown[] = [];
    const exitCode = await eachObject(args.name, async (name) => {
      found.push(await lookUp(engine, name, lookUps));
    });
    this.print(await inspectedText(found, flags.format));
    return exitCode;
  }
}

type LookUp = (engine: Engine, name: string) => Promise<unknown>;

const container: LookUp = (engine, name) => engine.containers.inspect(name);
const image: LookUp = async (engine, name) => imageInspect(await engine.images.get(name));
const network: LookUp = (engine, name) => engine.networks.inspect(name);

function lookUpsFor(type: string | undefined): LookUp[] {
  switch (type) {
    case undefined:
    case '':
      return [container, image, network];
    case 'container':
      return [container];
    case 'image':
      return [image];
    case 'network':
      return [network];
    default:
      throw new UsageError(`unknown type: "${type}": must be one of "container", "image", "network"`, {
        exit: 1,
      });
  }
}

const absences: ErrorCode[] = [
  'container-not-found',
  'image-not-found',
  'invalid-reference',
  'network-not-found',
];

async function lookUp(engine: Engine, name: string, lookUps: LookUp[]): Promise<unknown> {
  for (const attempt of lookUps) {
    try {
      return await attempt(engine, name);
    } catch (error) {
      if (!isEngineError(error, ...absences)) throw error;
      if (lookUps.length === 1) throw error;
    }
  }
  throw new EngineError('container-not-found', `no such object: ${name}`);
}
