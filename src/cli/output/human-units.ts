// Sizes and times in the words of Docker's go-units, so that columns read the same.

const sizeUnits = ['B', 'kB', 'MB', 'GB', 'TB', 'PB', 'EB'];

/** Bytes in powers of 1000 with `digits` significant digits: 4.03MB, 872B. */
export function humanSize(bytes: number, digits = 4): string {
  let size = bytes;
  let unit = 0;
  while (size >= 1000 && unit < sizeUnits.length - 1) {
    size /= 1000;
    unit++;
  }
  return `${significant(size, digits)}${sizeUnits[unit]}`;
}

/** Bytes in powers of 1024: 3.842GiB. */
export function binarySize(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];
  let size = bytes;
  let unit = 0;
  while (size >= 1024 && unit < units.length - 1) {
    size /= 1024;
    unit++;
  }
  return `${significant(size, 4)}${units[unit]}`;
}

// C's %.4g: so many significant digits, no zeros at the end.
function significant(value: number, digits: number): string {
  return String(Number(value.toPrecision(digits)));
}

/** How long, roughly: 'Less than a second', 'About a minute', '3 hours'. */
export function humanDuration(milliseconds: number): string {
  const seconds = Math.trunc(milliseconds / 1000);
  if (seconds < 1) return 'Less than a second';
  if (seconds === 1) return '1 second';
  if (seconds < 60) return `${seconds} seconds`;
  const minutes = Math.trunc(seconds / 60);
  if (minutes === 1) return 'About a minute';
  if (minutes < 60) return `${minutes} minutes`;
  const hours = Math.trunc(minutes / 60 + 0.5);
  if (hours === 1) return 'About an hour';
  if (hours < 48) return `${hours} hours`;
  if (hours < 24 * 7 * 2) return `${Math.trunc(hours / 24)} days`;
  if (hours < 24 * 30 * 2) return `${Math.trunc(hours / 24 / 7)} weeks`;
  if (hours < 24 * 365 * 2) return `${Math.trunc(hours / 24 / 30)} months`;
  return `${Math.trunc(hours / 24 / 365)} years`;
}

/** '2 hours ago'. */
export function ago(then: Date, now = new Date()): string {
  return `${humanDuration(now.getTime() - then.getTime())} ago`;
}

/** Go's time.Time.String() as Docker's --format shows it: '2024-01-27 00:30:48 +0000 UTC', in local time. */
export function goTime(date: Date): string {
  const two = (value: number) => String(value).padStart(2, '0');
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  const time = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
  const offset = -date.getTimezoneOffset();
  const sign = offset < 0 ? '-' : '+';
  const zone = `${sign}${two(Math.trunc(Math.abs(offset) / 60))}${two(Math.abs(offset) % 60)}`;
  return `${day} ${time} ${zone} ${zoneName(date, zone)}`;
}

/** RFC 3339 in local time: '2024-01-27T00:30:48+01:00', '…Z'. `fraction` of the second begins with a point. */
export function rfc3339(date: Date, fraction = ''): string {
  const offset = -date.getTimezoneOffset();
  const local = new Date(date.getTime() + offset * 60_000).toISOString().slice(0, 19);
  const pair = (value: number) => String(Math.trunc(value)).padStart(2, '0');
  const sign = offset < 0 ? '-' : '+';
  const zone = offset === 0 ? 'Z' : `${sign}${pair(Math.abs(offset) / 60)}:${pair(Math.abs(offset) % 60)}`;
  return `${local}${fraction}${zone}`;
}

// The zone's abbreviation where it has one, as Go prints it.
function zoneName(date: Date, offset: string): string {
  if (offset === '+0000') return 'UTC';
  const part = /\(([^)]+)\)/.exec(date.toString())?.[1] ?? '';
  const letters = part.split(' ').map((word) => word.charAt(0));
  return letters.length > 1 ? letters.join('') : offset;
}

/** An image's or container's id as lists show it: 12 digits, without the algorithm. */
export function shortId(id: string): string {
  return id.replace(/^sha\d+:/, '').slice(0, 12);
}

/** At most `length` characters, the last one an ellipsis when something was cut. */
export function ellipsis(text: string, length: number): string {
  const characters = [...text];
  return characters.length <= length ? text : `${characters.slice(0, length - 1).join('')}…`;
}
