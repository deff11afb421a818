// Loads a bundle with the code that V8 made of it in an earlier run, which takes a third of the time of compiling it anew.
// Where anything is in the way, the bundle is loaded as ever. NODE_DISABLE_COMPILE_CACHE=1 turns it off, as for Node's own.
const { createHash } = require('node:crypto');
const fs = require('node:fs');
const { createRequire, wrap } = require('node:module');
const { homedir } = require('node:os');
const { dirname, join } = require('node:path');
const { Script } = require('node:vm');

/** Runs the bundle. `use` tells apart what it is used for: each use compiles other functions. */
function load(bundle, use) {
  const cache = cacheFile(bundle, use);
  const before = cache && readOwn(cache);
  if (!cache) return require(bundle);
  const script = new Script(wrap(fs.readFileSync(bundle, 'utf8')), { filename: bundle, cachedData: before });
  const module = { exports: {} };
  if (!before || script.cachedDataRejected) process.once('exit', () => write(cache, script.createCachedData()));
  script
    .runInThisContext()
    .call(module.exports, module.exports, createRequire(bundle), module, bundle, dirname(bundle));
  return module.exports;
}

/** In milliseconds: a week. */
const LONGEST_KEPT = 7 * 24 * 3600 * 1000;

/** V8 compares no more than the lengths of two sources, so the name tells the file and when it was written. */
function cacheFile(bundle, use) {
  if (process.env.NODE_DISABLE_COMPILE_CACHE || process.platform === 'win32') return undefined;
  try {
    const { size, mtimeMs } = fs.statSync(bundle);
    const folder = process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
    const name = [use, size, Math.round(mtimeMs), process.versions.v8, process.arch].join('-');
    return join(folder, 'throughline', `${name}.compiled`);
  } catch {
    return undefined;
  }
}

/** Code is run from it: nobody else may have written it, which HOME under sudo does not promise. */
function readOwn(path) {
  try {
    const isOwn = (it) => it.uid === process.getuid() && (it.mode & 0o022) === 0;
    if (!isOwn(fs.statSync(dirname(path)))) return undefined;
    const descriptor = fs.openSync(path, 'r');
    try {
      return isOwn(fs.fstatSync(descriptor)) ? whole(fs.readFileSync(descriptor)) : undefined;
    } finally {
      fs.closeSync(descriptor);
    }
  } catch {
    return undefined;
  }
}

/** V8 trusts the data blindly and dies of a flipped bit, so the digest of it stands before it. */
function whole(file) {
  const data = file.subarray(DIGEST);
  return digestOf(data).equals(file.subarray(0, DIGEST)) ? data : undefined;
}

/** Bytes of a SHA-1. */
const DIGEST = 20;

function digestOf(data) {
  return createHash('sha1').update(data).digest();
}

function write(path, data) {
  try {
    const folder = dirname(path);
    fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
    // What earlier versions have left.
    for (const it of fs.readdirSync(folder).filter((name) => name.endsWith('.compiled')))
      if (fs.statSync(join(folder, it)).mtimeMs < Date.now() - LONGEST_KEPT)
        fs.rmSync(join(folder, it), { force: true });
    const temporary = `${path}.${process.pid}`;
    fs.writeFileSync(temporary, Buffer.concat([digestOf(data), data]), { mode: 0o600, flag: 'wx' });
    fs.renameSync(temporary, path);
  } catch {
    // A home that cannot be written to costs time and nothing else.
  }
}

module.exports = { load };
