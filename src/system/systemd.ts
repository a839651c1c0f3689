// systemd, where it is the init system: it owns the cgroup tree and ends everything in a unit when that unit stops. A
// process that is to outlive the command, the login session or the service that started it goes into a scope of its own.
import {existsSync, readFileSync} from 'node:fs';

/** As sd_booted(3). */
export function isSystemdBooted(): boolean {
  return existsSync('/run/systemd/system');
}

/** True when units can be made over D-Bus, which is how crun makes them. */
export function managesUnits(): boolean {
  return isSystemdBooted() && existsSync('/run/dbus/system_bus_socket');
}

/** True for a process of a service, which ends with that; `cgroups`: its /proc/PID/cgroup. False in a scope, as of a login. */
export function isInService(cgroups = readFileSync('/proc/self/cgroup', 'utf8')): boolean {
  // A user's own services are below the service that runs them all, as logins and scopes may be.
  return cgroups.split('\n').some((line) => /.*\.(service|scope)(?=\/|$)/.exec(line)?.[1] === 'service');
}

export interface Scope {
  /** Of the unit `crundle-NAME.scope`; no scope that is there has it. */
  name: string;
  /** What `systemctl` shows a person. */
  description: string;
}

export interface ProgramCall {
  program: string;
  args: readonly string[];
}

/**
 * The call that runs a program in a scope of its own (systemd.scope(5)), as the same process: systemd-run waits until
 * the scope is there and then executes the program, with the descriptors that it was given. Without systemd: the call
 * itself. A scope ends with its last process, and nothing of it stays.
 */
export function inScope({name, description}: Scope, call: ProgramCall): ProgramCall {
  if (!isSystemdBooted()) return call;
  // Packaged drop-ins (packaging/systemd/crundle-.scope.d) order these scopes; nothing is said of that here.
  const unit = [`--unit=crundle-${name}.scope`, '--slice=system.slice', `--description=${description}`];
  return {
    program: '/usr/bin/systemd-run',
    args: ['--scope', '--quiet', '--collect', ...unit, '--', call.program, ...call.args],
  };
}
