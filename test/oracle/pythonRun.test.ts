/** What is made of an expression where the names in it are known is what Python makes of it. */
import { spawnSync } from 'node:child_process';
import { beforeAll, describe, expect, it } from 'vitest';
import { Dict, OPEN, type Procedure, Raised, textOf, type Value } from '../../server/src/apps/pythonObjects.js';
import { everyWay } from '../../server/src/apps/pythonWays.js';
import { parseProcedures } from '../../server/src/syntax/pythonProcedure.js';
import { grammars } from '../fixture/deployment.js';

/** Bodies of `f(path, environ)`, each with what it returns or raises. */
const BODIES = `
return path.strip("/").split("/")[0]
return path[len("/shop"):] or "/"
return path[-3:] + path[:2]
return str(path.startswith(("/a", "/shop"))) + str(path in ("/shop", "/x"))
return environ.get("HTTP_X", "none") + environ["HTTP_HOST"].lower()
return environ["HTTP_X"]
return path.split("/")[9]
return path + None
return "%s-%d" % (path, 7)
return f"{path}/{{x}}/{len(path)}"
return path.rsplit("/", 1)[-1]
return ",".join(path.partition("/cart"))
return path.replace("/", ".").upper().removeprefix(".").rstrip("TRA")
return str(1 < len(path) <= 10) + str(not path) + str(path is None)
return {"/shop/cart": "yes"}.get(path, "no")
return "a" if path == "/" else "b"
return environ.get("HTTP_X").lower()
return str(path.lstrip("/shop"))
return str(int("12") // 5 * 3 - 1)
return str(int(path))
a, b = path.split("/")[1:]; return b + a
if (n := len(path)) > 3: return str(n)
for part in path.split("/"):\\n  if part == "cart": return "found"\\nreturn "none"
x = []\\nfor i, in [("a",), ("b",)]: x.append(i)\\nreturn "".join(x)
try:\\n  return environ["NO"]\\nexcept KeyError:\\n  return "caught"
try:\\n  return str(int("x"))\\nexcept (KeyError, LookupError):\\n  return "caught"\\nexcept ValueError as e:\\n  return "value"\\nfinally:\\n  path = "x"
try:\\n  y = path\\nexcept KeyError:\\n  y = "no"\\nelse:\\n  y += "!"\\nreturn y
match path:\\n  case "/" | "/x": return "root"\\n  case "/shop/cart": return "cart"\\n  case _: return "rest"
return HELPER(path, end="!")
return TABLE[path.split("/")[1]]
return TABLE["none"]
environ["PATH"] = "set"; return environ.get("PATH") + environ.setdefault("Y", "y")
assert path == "/", "no"
return 1 / 0
raise LookupError(path)
global SEEN\\nSEEN = "seen"\\nreturn SEEN
def inner(x, y="b"): return x + y + path\\nreturn inner("a")
return "a" "b" r"\\d" 'c\\'d'
return str("x" not in path and path.endswith("cart"))
`
  .trim()
  .split('\n')
  .map((it) => it.replaceAll(/\\n/g, '\n').replaceAll('\\\\', '\\'));

const TOP = `
SEEN = ""
TABLE = {"shop": "the shop", "x": "y"}


def HELPER(text, start="<", end=">"):
    return start + text + end

`;
const moduleOf = (body: string) => `${TOP}\ndef f(path, environ):\n${body.replace(/^/gm, '    ')}\n`;

const ORACLE = `
import json, sys
found = []
for text in json.load(sys.stdin):
    names = {}
    exec(compile(text, 'it', 'exec'), names)
    try: found.append(str(names['f']('/shop/cart', {'HTTP_HOST': 'Example.com'})))
    except Exception as error: found.append('raises ' + type(error).__name__)
print(json.dumps(found))
`;
const ran = spawnSync('python3', ['-c', ORACLE], { input: JSON.stringify(BODIES.map(moduleOf)), encoding: 'utf8' });

function ours(text: string): string | undefined {
  const ways = everyWay(
    () => new Dict(),
    (run): Value => {
      run.load(parseProcedures(text));
      const environ = new Dict();
      environ.entries.set('HTTP_HOST', 'Example.com');
      try {
        const done = run.call(run.module.names.get('f') as Procedure, ['/shop/cart', environ]);
        return done && 'value' in done ? done.value : null;
      } catch (raised) {
        if (raised instanceof Raised) return `raises ${raised.name}`;
        throw raised;
      }
    },
  );
  return ways?.length === 1 && ways[0] !== OPEN ? textOf(ways[0]!) : undefined;
}

describe('functions of Python', () => {
  beforeAll(grammars);
  it.skipIf(ran.status !== 0)('end as Python ends them', () => {
    const theirs = JSON.parse(ran.stdout) as string[];
    expect(theirs.length).toBe(BODIES.length);
    expect(BODIES.map((it) => `${it}: ${ours(moduleOf(it))}`)).toEqual(BODIES.map((it, i) => `${it}: ${theirs[i]}`));
  });

  it('go both ways where nobody knows, and are given up where they cannot be followed', () => {
    const statuses = (body: string) =>
      everyWay(
        () => new Dict(() => OPEN),
        (run) => {
          run.load(parseProcedures(moduleOf(body)));
          const done = run.call(run.module.names.get('f') as Procedure, [OPEN, new Dict(() => OPEN)]);
          return done && 'value' in done ? done.value : null;
        },
      );
    expect(statuses('if path == "/": return 1\nreturn 2')).toEqual([1, 2]);
    expect(statuses('if path == "/" and environ["x"]: return 1\nreturn 1')).toEqual([1, 1, 1]);
    expect(statuses('while path: path = path[1:]\nreturn 1')).toBeUndefined();
    expect(statuses('try:\n  fetch(path)\n  return 1\nexcept Exception:\n  return 2')).toEqual(
      expect.arrayContaining([1, 2]),
    );
  });
});
