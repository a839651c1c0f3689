import {readFileSync} from 'node:fs';
import {DockerCommand} from '../src/cli/docker-command.ts';
import {optionalArgument, text, toggle} from '../src/cli/flag-kinds.ts';
import {interruptible} from '../src/cli/interrupt.ts';
import {writeError} from '../src/cli/output/standard-streams.ts';
import {hasTerminalInput} from '../src/cli/terminal/raw-terminal.ts';
import {promptLine, promptSecret} from '../src/cli/terminal/typed-line.ts';
import {UsageError} from '../src/cli/usage-error.ts';
import type {Engine} from '../src/engine.ts';
import {isEngineError} from '../src/errors.ts';

interface Login {
  username: string;
  password: string;
}

export default class LoginCommand extends DockerCommand {
  static override id = 'login';
  static override group = 'images' as const;
  static override summary = 'Log in to a registry';
  static override description =
    "The registry is asked whether it takes the password, which is then kept in ~/.docker/config.json or by the credential helper that is named there. Without a server it is Docker Hub's.";
  static override args = {server: optionalArgument('Registry, as HOST[:PORT]')};
  static override flags = {
    password: text({
      char: 'p',
      description: 'Password or access token; other users of this machine may see it',
    }),
    'password-stdin': toggle({description: 'Take the password or access token from standard input'}),
    username: text({char: 'u', description: 'User name'}),
  };
  static override examples = [
    {
      description: 'With a token from a file, as scripts do it',
      command: 'crundle login -u ann --password-stdin ghcr.io < token',
    },
  ];

  override async run(): Promise<undefined> {
    const {args, flags} = await this.parse(LoginCommand);
    const server = args.server || undefined;
    checkFlags(flags);
    if (flags.password !== undefined) {
      writeError('WARNING! Using --password via the CLI is insecure. Use --password-stdin.\n');
    }
    const password = flags['password-stdin'] ? readPassword() : flags.password;
    const engine = await this.engine();
    const isAsked = flags.username !== undefined || password !== undefined;
    if (isAsked || !(await againWithStored(engine, server))) {
      await logIn(engine, server, await completed(server, {username: flags.username, password}));
    }
    this.printLine('Login Succeeded');
  }
}

function checkFlags(flags: {
  username?: string | undefined;
  password?: string | undefined;
  'password-stdin'?: boolean | undefined;
}): void {
  if (flags.password !== undefined && flags['password-stdin']) {
    throw wrong('conflicting options: cannot specify both --password and --password-stdin');
  }
  if (flags['password-stdin'] && !flags.username) {
    throw wrong('the --password-stdin option requires --username to be set');
  }
  if (flags.username === '') throw wrong('username is empty');
  if (flags.password === '') throw wrong('password is empty');
}

function readPassword(): string | undefined {
  return readFileSync(0, 'utf8').replace(/\r?\n$/, '') || undefined;
}

// Asks for what is missing.
async function completed(
  server: string | undefined,
  given: Partial<Record<keyof Login, string | undefined>>,
): Promise<Login> {
  const {username, password} = given;
  if (username !== undefined && password !== undefined) return {username, password};
  if (!hasTerminalInput()) {
    throw wrong(
      'cannot perform an interactive login from a non TTY device',
      'use --username and --password-stdin',
    );
  }
  if (server === undefined && username === undefined) {
    writeError(
      ' Info -> A Personal Access Token (PAT) can be used instead.\n         To create a PAT, visit https://app.docker.com/settings\n\n',
    );
  }
  const user = username ?? promptLine('Username: ');
  if (user === '') throw wrong('non-null Username Required');
  const secret = password ?? (await promptSecret('Password: '));
  if (secret === '') throw wrong('password Required');
  return {username: user, password: secret};
}

async function againWithStored(engine: Engine, server: string | undefined): Promise<boolean> {
  const stored = await engine.registries.login(server);
  if (!stored) return false;
  writeError(
    `Authenticating with existing credentials... [Username: ${stored.username}]\n\n Info -> To login with a different account, run 'crundle logout' followed by 'crundle login'\n\n\n`,
  );
  try {
    await logIn(engine, server, stored);
    return true;
  } catch (error) {
    if (!isEngineError(error, 'registry-unauthorized')) throw error;
    writeError('Stored credentials invalid or expired\n');
    return false;
  }
}

async function logIn(engine: Engine, server: string | undefined, login: Login): Promise<void> {
  const {storedIn} = await interruptible((signal) => engine.registries.logIn({server, ...login, signal}));
  if (storedIn === undefined) return;
  writeError(
    `\nWARNING! Your credentials are stored unencrypted in '${storedIn}'.\nConfigure a credential helper to remove this warning. See\nhttps://docs.docker.com/go/credential-store/\n\n`,
  );
}

function wrong(message: string, hint?: string): UsageError {
  return new UsageError(message, {exit: 1, ...(hint !== undefined && {hint})});
}
