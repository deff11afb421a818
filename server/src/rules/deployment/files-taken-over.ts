import { callableAnswer } from '../../deployment/callableAnswer.js';
import { nodeAnswer, nodeScript } from '../../deployment/nodeAnswer.js';
import { appBehind } from '../../deployment/proxiedRequest.js';
import { folderOf, lookedFor, namesIn } from '../../deployment/servedFiles.js';
import type { Surroundings } from '../../deployment/surroundings.js';
import { type HostView, isAbsent } from '../../host/host.js';
import type { Block } from '../../nginx/effective/blocks.js';
import { findLocation, type Location, locationsOf } from '../../nginx/effective/locations.js';
import { PASSES } from '../../nginx/effective/passes.js';
import { sampleOf } from '../../nginx/effective/samples.js';
import { placeOfHead } from '../../syntax/nginxSyntax.js';
import { defineRule } from '../rule.js';

export default defineRule({
  id: 'deployment/files-taken-over',
  severity: 'warning',
  confidence: 'certain',
  audience: 'everyone',
  sees: 'server',
  messages: {
    elsewhere:
      'nginx will answer 404 for {uri}: this expression goes before {location}, whose folder has the file, and here it is looked for as {path}. Write location ^~ there, or leave out the expression.',
    noRoot:
      'nginx will answer 404 for {uri}: this expression goes before {location}, whose folder has the file, and no root is in force here. Write location ^~ there, or leave out the expression.',
    answered:
      'nginx will answer 404 for {uri} and its like: this expression goes before {location}, whose program would answer, and {folder} does not exist. Write location ^~ there, or leave out the expression.',
    program:
      'The program below {location} is never asked for {uri} and its like: this expression goes first, and {folder} does not exist. If it has such files, write location ^~ there.',
  },
  docs: {
    summary: 'A regular expression takes requests for files from the location that knows where they lie.',
    why: 'nginx remembers the longest prefix and then asks all regular expressions; the first that matches wins, and brings its own root, or the one of the server. `^~` on the prefix ends the search. Silent where the file tree is not known.',
    bad: `-- etc/nginx/conf.d/site.conf --
server {
    root /srv/site/public;
    location /static/ {
        alias /srv/site/assets/;
    }
    location ~* \\.css$ {
        expires 30d;
    }
}
-- srv/site/public/index.html --
-- srv/site/assets/site.css --
`,
    good: `-- etc/nginx/conf.d/site.conf --
server {
    root /srv/site/public;
    location ^~ /static/ {
        alias /srv/site/assets/;
    }
    location ~* \\.css$ {
        expires 30d;
    }
}
-- srv/site/public/index.html --
-- srv/site/assets/site.css --
`,
    sources: [
      'https://nginx.org/en/docs/http/ngx_http_core_module.html#location',
      'ngx_http_core_find_location() in src/http/ngx_http_core_module.c',
    ],
  },

  check({ server, around }, report) {
    if (!server.complete || server.directives.some((it) => REWRITES.test(it.name))) return;
    const locations = locationsOf(server);
    if (!locations.some(({ match }) => match.kind.startsWith('regex'))) return;
    const told = new Set<Block>();
    const files = locations.flatMap((it) => fileExpression(it, around.host) ?? []);
    const expressions = files.length * locations.length > MOST_PAIRS ? [] : files;
    for (const location of locations) {
      if (location.match.kind === 'prefix' && location.match.text.length > 1 && passes(location.block))
        for (const it of expressions) {
          const taken = told.has(it.block) ? undefined : takenFrom(server, location, it, around.host);
          const by = it.block.directive;
          if (!taken || !by) continue;
          told.add(it.block);
          const related = [{ at: placeOfHead(location.block.directive!.item), text: 'asks the program' }];
          const known = { ...taken, location: `location ${location.match.text}` };
          const at = placeOfHead(by.item);
          if (wouldAnswer(location, taken.uri, around)) report({ at, say: 'answered', with: known, related });
          else report({ at, say: 'program', severity: 'information', with: known, related });
        }
      const folder = location.match.kind === 'prefix' ? folderOf(location) : undefined;
      if (folder === undefined) continue;
      for (const name of namesIn(folder, around.host)) {
        const uri = location.match.text + name;
        const found = findLocation(server, uri);
        const by = found?.block.directive;
        if (!found || !by || !found.location?.match.kind.startsWith('regex') || told.has(found.block)) continue;
        const path = lookedFor(found.block, uri);
        if (path === undefined || (path !== 'nowhere' && !isAbsent(path, around.host))) continue;
        told.add(found.block);
        const place = {
          at: placeOfHead(by.item),
          related: [{ at: placeOfHead(location.block.directive!.item), text: 'the file is here' }],
        };
        const known = { uri, location: `location ${location.match.text}` };
        if (path === 'nowhere') report({ ...place, say: 'noRoot', with: known });
        else report({ ...place, say: 'elsewhere', with: { ...known, path } });
      }
    }
  },
});

/** What is asked for by programs rather than by pages has no stylesheets, and it does not matter who says so. */
const FOR_PROGRAMS = /\/(?:\w*api|rest|graphql|g?rpc|wss?|socket|(?:web)?hooks?|v\d+|auth|oauth2?)(?:\/|$)/i;

/** Whether the text of the program behind shows that it answers well to a URI that nginx would hand over. */
function wouldAnswer({ match, block }: Location, uri: string, around: Surroundings): boolean {
  const pass = block.directives.find((it) => it.name === 'proxy_pass');
  const written = /^http:\/\/(?:unix:[^:]*:|[^/]*)(\/.*)?$/.exec(pass?.args[0] ?? '');
  const app = pass && written && !FOR_PROGRAMS.test(match.text) ? appBehind(around, pass.item)?.app : undefined;
  if (!app || pass!.args[0]!.includes('$')) return false;
  const asked = written![1] === undefined ? uri : written![1] + uri.slice(match.text.length);
  const request = { method: 'GET', host: undefined, path: asked, scheme: 'http', header: () => 'unknown' } as const;
  const script = nodeScript(app, around.host);
  const answer = script ? nodeAnswer(script, 'GET', asked) : callableAnswer(app, around.host, request, '');
  return answer?.status === 200;
}

const REWRITES = /^(?:rewrite|return|if|break|try_files)$|_by_lua/;

const passes = (block: Block) => block.directives.some((it) => PASSES.has(it.name));

/** Each pair is compared with every location of the server. */
const MOST_PAIRS = 400;

interface FileExpression {
  readonly block: Block;
  readonly sample: string;
}

/** An expression behind which nginx looks for files by itself, and a URI that it takes. */
function fileExpression({ match, block }: Location, host: HostView): FileExpression | undefined {
  if (match.kind !== 'regex' && match.kind !== 'regexAnyCase') return undefined;
  const root = lookedFor(block, '/');
  const there = root === undefined || root === 'nowhere' ? undefined : host.stat(root);
  if (!there?.known || !there.value) return undefined;
  const sample = sampleOf(match.text, match.kind === 'regexAnyCase');
  return sample === undefined ? undefined : { block, sample };
}

/** A URI below a location that asks a program, which an expression takes to a folder that is not there. */
function takenFrom(server: Block, from: Location, { block, sample }: FileExpression, host: HostView) {
  const folder = from.match.text.replace(/\/$/, '');
  const uri = folder + sample;
  if (findLocation(server, uri)?.block !== block) return undefined;
  const path = lookedFor(block, folder);
  return path === undefined || path === 'nowhere' || !isAbsent(path, host) ? undefined : { uri, folder: path };
}
