/** What Python itself can parse is never called broken: files of its own library and of whatever packages are here. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { indentationFault } from '../../server/src/syntax/pythonIndentation.js';
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
/** Damages the indentation of one line in files of the library, and prints the text and the line that Python refuses. */
const INDENTED = `
import glob, json, random, sys, sysconfig, warnings
warnings.simplefilter('ignore')
random.seed(int(sys.argv[1]))
files = sorted(glob.glob(sysconfig.get_path('stdlib') + '/*.py'))
for _ in range(int(sys.argv[2])):
    lines = open(random.choice(files), encoding='utf-8').read().split('\\n')
    if len(lines) > 600: lines = lines[:random.randrange(20, 600)]
    at = random.choice([i for i, it in enumerate(lines) if it.strip()])
    bare = lines[at].lstrip()
    lines[at] = random.choice(['', ' ', '    ', '\\t', '  ', '      ', lines[at][:-len(bare)] + ' ', '\\t' + lines[at][:-len(bare)], lines[at][4:-len(bare)]]) + bare
    text = '\\n'.join(lines)
    try:
        compile(text, 'it', 'exec', dont_inherit=True)
        line = None
    except IndentationError as error: line = error.lineno
    except (SyntaxError, ValueError): continue
    print(json.dumps({'text': text, 'line': line}))
`;
const damaged = spawnSync('python3', ['-', '20261124', process.env.THROUGHLINE_PYTHON ?? '150'], {
  input: INDENTED,
  encoding: 'utf8',
  maxBuffer: 1 << 28,
});

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
    // They are imported all the time: what they look up is bound.
    const unbound = files.flatMap((path) => {
      const { unbound, statements, isDynamic } = parsePython(readFileSync(path, 'utf8'));
      const isOpen = isDynamic || statements.some((it) => it.kind === 'star');
      return isOpen ? [] : unbound.map((it) => `${path}: ${it.name}`);
    });
    expect(unbound).toEqual([]);
    expect(wrong).toEqual([]);
  });

  it('are refused for their indentation where Python refuses it', { timeout: 120_000 }, () => {
    const texts = damaged.stdout
      .trim()
      .split('\n')
      .map((it) => JSON.parse(it) as { text: string; line: number | null });
    const wrong = texts.flatMap(({ text, line }) => {
      const ours = indentationFault(text)?.line ?? null;
      return ours === line ? [] : [`ours ${ours}, Python's ${line}: ${text.split('\n')[(line ?? ours)! - 1]}`];
    });
    expect(wrong).toEqual([]);
    expect(texts.length).toBeGreaterThan(90);
    expect(texts.filter((it) => it.line !== null).length).toBeGreaterThan(30);
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
