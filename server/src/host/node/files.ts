/** A host whose files lie under a folder of the machine that we run on. One of the few doors to node:fs. */

import * as fs from 'node:fs';
import { promises as fsp } from 'node:fs';
import type { FileKind } from '../host.js';
import type { Op, OpResults, RawStat } from '../ops.js';

type Stats = fs.Stats;

function rawStat(stats: Stats): RawStat {
  const { mode, uid, gid, size } = stats;
  return { kind: kindOf(stats), mode: mode & 0o7777, uid, gid, size };
}

function kindOf(stats: Stats): FileKind | 'symlink' {
  if (stats.isSymbolicLink()) return 'symlink';
  if (stats.isFile()) return 'file';
  if (stats.isDirectory()) return 'directory';
  if (stats.isSocket()) return 'socket';
  if (stats.isFIFO()) return 'fifo';
  return stats.isCharacterDevice() || stats.isBlockDevice() ? 'device' : 'other';
}

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const lenient = new TextDecoder('utf-8', { ignoreBOM: true });

/** Bytes as text. Invalid UTF-8 becomes U+FFFD and is said, so that nothing else of the file is lost. The byte order mark stays. */
export function decode(bytes: Uint8Array): { text: string; invalidUtf8: boolean } {
  try {
    return { text: strict.decode(bytes), invalidUtf8: false };
  } catch {
    return { text: lenient.decode(bytes), invalidUtf8: true };
  }
}

function failed(error: unknown): { ok: false; code: string } {
  const code = (error as NodeJS.ErrnoException).code;
  return { ok: false, code: code ?? String(error) };
}

// Between the lstat and the open a FIFO may have taken the file's place; without O_NONBLOCK the open would wait for ever.
const READ_FLAGS = fs.constants.O_RDONLY | fs.constants.O_NONBLOCK | (fs.constants.O_NOCTTY ?? 0);

function onDisk(root: string, path: string): string {
  return root === '/' ? path : root + path;
}

/** Carries out one operation under `root` and waits for it. */
export function performSync(root: string, op: Op): OpResults[Op['op']] {
  const path = onDisk(root, op.path);
  try {
    switch (op.op) {
      case 'lstat':
        return { ok: true, value: rawStat(fs.lstatSync(path)) };
      case 'readlink':
        return { ok: true, value: fs.readlinkSync(path) };
      case 'list':
        return { ok: true, value: fs.readdirSync(path) };
      case 'read':
        return { ok: true, value: decode(readRegular(path)) };
    }
  } catch (error) {
    return failed(error);
  }
}

function readRegular(path: string): Uint8Array {
  const descriptor = fs.openSync(path, READ_FLAGS);
  try {
    if (!fs.fstatSync(descriptor).isFile()) throw Object.assign(new Error('not a regular file'), { code: 'EINVAL' });
    return fs.readFileSync(descriptor);
  } finally {
    fs.closeSync(descriptor);
  }
}

/** The same without blocking the thread. */
export async function performAsync(root: string, op: Op): Promise<OpResults[Op['op']]> {
  const path = onDisk(root, op.path);
  try {
    switch (op.op) {
      case 'lstat':
        return { ok: true, value: rawStat(await fsp.lstat(path)) };
      case 'readlink':
        return { ok: true, value: await fsp.readlink(path) };
      case 'list':
        return { ok: true, value: await fsp.readdir(path) };
      case 'read':
        return { ok: true, value: decode(await readRegularAsync(path)) };
    }
  } catch (error) {
    return failed(error);
  }
}

async function readRegularAsync(path: string): Promise<Uint8Array> {
  const handle = await fsp.open(path, READ_FLAGS);
  try {
    if (!(await handle.stat()).isFile()) throw Object.assign(new Error('not a regular file'), { code: 'EINVAL' });
    return await handle.readFile();
  } finally {
    await handle.close();
  }
}

/** Remembers lstat answers, or the promises of them, for the length of one batch: most paths share their first folders. */
export function rememberingStats<R>(perform: (op: Op) => R): (op: Op) => R {
  const stats = new Map<string, R>();
  return (op) => {
    if (op.op !== 'lstat') return perform(op);
    let found = stats.get(op.path);
    if (found === undefined) stats.set(op.path, (found = perform(op)));
    return found;
  };
}
