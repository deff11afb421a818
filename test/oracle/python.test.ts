/** What Python itself can parse is never called broken: files of its own library and of whatever packages are here. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { parsePython } from '../../server/src/syntax/pythonModule.js';
import { grammars } from '../fixture/deployment.js';

/** Prints the files that compile() takes, a sample of so many. */
const SCRIPT = `
import glob, random, sys, sysconfig
files = [it for folder in {sysconfig.get_path('stdlib'), '/usr/lib/python3/dist-packages'} for it in glob.glob(folder + '/**/*.py', recursive=True)]
random.seed(7)
random.shuffle(files)
for path in files[:int(sys.argv[1])]:
    try:
        text = open(path, encoding='utf-8', newline='').read()
        if len(text) < 200000 and compile(text, path, 'exec', dont_inherit=True): print(path)
    except (SyntaxError, ValueError): pass
`;
const ran = spawnSync('python3', ['-', process.env.THROUGHLINE_PYTHON ?? '250'], { input: SCRIPT, encoding: 'utf8' });
const files = ran.status === 0 ? ran.stdout.trim().split('\n') : [];

describe.skipIf(files.length === 0)('Python files', () => {
  beforeAll(grammars);
  it('that Python parses are no errors here', { timeout: 120_000 }, () => {
    expect(files.length).toBeGreaterThan(100);
    const wrong = files.flatMap((path) => {
      const { error } = parsePython(readFileSync(path, 'utf8'));
      return error ? [`${path}:${error.line}`] : [];
    });
    expect(wrong).toEqual([]);
  });

  it.each([
    'def application(environ, start_response)\n    return []\n',
    'DEBUG = (1,\nX = 2\n',
    'ALLOWED_HOSTS = ["a"\n\nDEBUG = True\n',
    'if True\n    x = 1\n',
    'import os, from sys import path\n',
    'print "hello"\nx = = 3\n',
  ])('%j is', (text) => {
    expect(parsePython(text).error).toBeDefined();
    expect(spawnSync('python3', ['-c', 'import ast, sys; ast.parse(sys.stdin.read())'], { input: text }).status).toBe(
      1,
    );
  });
});
