// ELF headers, made byte by byte.
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {type ElfFile, machineOf, readElf} from '../../src/storage/elf.ts';
import {type ElfOptions, makeElf} from '../support/elf-file.ts';

const test = suite('elf');

const read = (bytes: Buffer, sizeBytes = bytes.length) =>
  readElf((offset, length) => bytes.subarray(offset, offset + length), sizeBytes);
const readMade = (options: ElfOptions) => read(makeElf(options)) as ElfFile;

test('class, byte order, machine, type, loader, alignment and size', () => {
  const made = makeElf({machine: 183, interpreter: '/lib/ld-linux-aarch64.so.1', align: 65536});
  assert.equal(read(made), {
    bits: 64,
    endian: 'little',
    machine: 183,
    type: 3,
    interpreter: '/lib/ld-linux-aarch64.so.1',
    align: 65536,
    neededBytes: made.length,
  });
});

test('32 bits, and the other byte order', () => {
  const arm = readMade({machine: 40, bits: 32, interpreter: '/lib/ld-linux.so.3', align: 4096});
  assert.equal([arm.bits, arm.machine, arm.interpreter, arm.align], [32, 40, '/lib/ld-linux.so.3', 4096]);
  const s390 = readMade({machine: 22, endian: 'big', align: 4096});
  assert.equal([s390.endian, s390.machine, s390.align, s390.interpreter], ['big', 22, 4096, undefined]);
});

test('a file that is cut short needs more than it has', () => {
  const whole = makeElf({machine: 183, dataBytes: 1000});
  const cut = whole.subarray(0, whole.length - 1);
  assert.is((read(cut) as ElfFile).neededBytes, whole.length);
  assert.equal(read(whole.subarray(0, 20)), {damage: 'it has 20 bytes, and its header alone more'});
});

test('what makes no sense is damage, and no crash', () => {
  const made = makeElf({machine: 183});
  const changed = (at: number, value: number) => {
    const bytes = Buffer.from(made);
    bytes[at] = value;
    return read(bytes);
  };
  assert.equal(changed(4, 9), {damage: 'its ELF header makes no sense'});
  assert.equal(changed(5, 0), {damage: 'its ELF header makes no sense'});
  assert.equal(changed(54, 1), {damage: 'its ELF header makes no sense'});
  assert.equal(changed(57, 255), {damage: 'it names 65281 segments'});
  for (let at = 4; at < made.length; at++) for (const value of [0, 1, 127, 255]) changed(at, value);
});

test('anything else is no ELF file', () => {
  for (const text of ['', '#!/bin/sh\n', '\x7fEL', 'MZ'])
    assert.is(read(Buffer.from(text, 'latin1')), undefined);
});

test('machines have the names of platforms', () => {
  const names = [
    [183, 64, 'little'],
    [62, 64, 'little'],
    [3, 32, 'little'],
    [40, 32, 'little'],
    [243, 64, 'little'],
    [21, 64, 'little'],
    [21, 64, 'big'],
    [22, 64, 'big'],
    [8, 64, 'little'],
    [258, 64, 'little'],
  ] as const;
  assert.equal(
    names.map(([machine, bits, endian]) => machineOf({machine, bits, endian}).architecture),
    ['arm64', 'amd64', '386', 'arm', 'riscv64', 'ppc64le', 'ppc64', 's390x', 'mips64le', 'loong64'],
  );
});

test.run();
