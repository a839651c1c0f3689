// `--device` and `--device-cgroup-rule`.
import {EngineError} from '../../src/errors.ts';
import type {DeviceOption, DeviceRuleOption} from '../device-options.ts';
import {cleanPath} from './container-path.ts';
import {optionError} from './option-error.ts';

/**
 * `/dev/a`, `/dev/a:rw`, `/dev/a:/dev/b`, `/dev/a:/dev/b:rwm`. Throws EngineError 'invalid-option' in Docker's words, or
 * 'not-supported' for a device of the Container Device Interface.
 */
export function parseDevice(text: string): DeviceOption {
  if (/^[a-z][\w.-]*\/[a-z][\w-]*=\S+$/i.test(text)) throw deviceInterface(text);
  const [source = '', second, third, ...rest] = text.split(':');
  if (source === '' || rest.length > 0) throw optionError(`bad format for path: ${text}`);
  if (third !== undefined && !isAccess(third)) {
    throw optionError(`bad mode specified: ${third}`, {hint: 'a mode is made of r, w and m, each once'});
  }
  const isShort = second === undefined || (third === undefined && isAccess(second));
  const target = isShort ? source : second;
  if (!target.startsWith('/')) throw optionError(`${target} is not an absolute path`);
  return {
    source,
    target: cleanPath(target),
    access: third ?? (isShort ? second : undefined) ?? 'rwm',
  };
}

/** `c 188:* rwm`. Throws EngineError 'invalid-option' in Docker's words. */
export function parseDeviceRule(text: string): DeviceRuleOption {
  const [, type, major = '', minor = '', access = ''] =
    /^([acb]) (\d+|\*):(\d+|\*) ([rwm]{1,3})$/.exec(text) ?? [];
  if (type === undefined) {
    throw optionError(`invalid device cgroup format '${text}'`, {
      hint: "write type, numbers and access, such as 'c 188:* rwm'",
    });
  }
  return {
    type: type as DeviceRuleOption['type'],
    ...(major !== '*' && {major: Number(major)}),
    ...(minor !== '*' && {minor: Number(minor)}),
    access,
  };
}

function isAccess(text: string): boolean {
  return /^[rwm]{1,3}$/.test(text) && new Set(text).size === text.length;
}

function deviceInterface(text: string): EngineError {
  return new EngineError(
    'not-supported',
    `cannot add the device ${text}: the Container Device Interface (CDI) is not supported`,
    {hint: 'give the device files themselves, such as --device /dev/dri', exit: 125},
  );
}
