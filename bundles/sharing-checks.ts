// Options that contradict what a container shares with the host or with another container. Docker's words.
import {EngineError} from '../src/errors.ts';
import type {ContainerOptions} from './container-options.ts';
import {isIpcSysctl, isNetworkSysctl} from './options/sysctl.ts';

/** Throws EngineError 'invalid-option'. */
export function checkSharing(options: ContainerOptions): void {
  checkSharedNetwork(options);
  checkSharedName(options);
  checkSysctls(options);
}

// Whoever shares a container's network has no ports and no name of its own.
function checkSharedNetwork(options: ContainerOptions): void {
  const {network, hostname, ports, publishAll, exposed, extraHosts = [], dns} = options;
  if (network.kind !== 'container') return;
  if (hostname !== undefined) throw conflict('hostname and the network mode');
  if (dns?.servers.length) throw conflict('dns and the network mode');
  if (extraHosts.length > 0) throw conflict('custom host-to-IP mapping and the network mode');
  if (ports.length > 0 || publishAll) throw conflict('port publishing and the container type network mode');
  if (exposed.length > 0) throw conflict('port exposing and the container type network mode');
}

function checkSharedName({uts, hostname, domainname}: ContainerOptions): void {
  if (uts !== 'host') return;
  if (hostname !== undefined || domainname !== undefined) {
    throw new EngineError('invalid-option', 'conflicting options: hostname and the UTS mode', {
      hint: 'with --uts host the container has the names of the host',
      exit: 125,
    });
  }
}

function checkSysctls({network, ipc, sysctls = {}}: ContainerOptions): void {
  for (const name of Object.keys(sysctls)) {
    if (network.kind === 'host' && isNetworkSysctl(name)) {
      throw ofHost(`sysctl "${name}" not allowed in host network namespace`);
    }
    if (ipc?.kind === 'host' && isIpcSysctl(name)) {
      throw ofHost(`sysctl "${name}" is not allowed in the hosts ipc namespace`);
    }
  }
}

function ofHost(message: string): EngineError {
  return new EngineError('invalid-option', message, {
    hint: 'it would change the host: set it there, in /etc/sysctl.d',
    exit: 125,
  });
}

function conflict(what: string): EngineError {
  return new EngineError('invalid-option', `conflicting options: ${what}`, {
    hint: 'give them to the container whose network is shared',
    exit: 125,
  });
}
