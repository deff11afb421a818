/**
 * All contexts and argument counts of all directives that an nginx and its modules have, as their own tables say:
 * nothing is sampled here. What is asked of `nginx -t` in directives.test.ts is what these tables are for.
 */
import { describe, expect, it } from 'vitest';
import { directiveEntries, type NginxDirective } from '../../server/src/catalog/nginx.js';
import { existsIn, NEWEST } from '../../server/src/catalog/nginxVersion.js';
import { type Command, commandsOf } from './commandTables.js';
import { type NginxOracle, nginxOracles } from './nginxProbe.js';

/** What differs and may, by directive and reason. */
const KNOWN: Readonly<Record<string, string>> = {
  include: 'The catalog has it for every block, entries of data included, as NGX_ANY_CONF means it.',
  js_set: 'A third argument came with njs 0.8.1; the version of nginx does not tell that of njs.',
  nchan_redis_server: 'A second argument came with nchan 1.3.7; the version of nginx does not tell that of nchan.',
  keepalive: 'A second argument came with nginx 1.29.7; the catalog has counts of one version, and takes the newest.',
  rtmp_stat: 'A directive of http, in the module file of rtmp.',
  rtmp_stat_stylesheet: 'As rtmp_stat.',
  rtmp_control: 'As rtmp_stat.',
};

const EVENTS = new Set(
  'worker_connections use multi_accept accept_mutex accept_mutex_delay debug_connection worker_aio_requests epoll_events devpoll_events kqueue_changes'.split(
    ' ',
  ),
);

function taken(entry: NginxDirective): number[] {
  const { min, max, counts } = entry.args;
  if (counts && max !== null) return counts.filter((it) => it < 8);
  return [0, 1, 2, 3, 4, 5, 6, 7].filter((it) => it >= min && (max === null || it <= max));
}

/** What the catalog says otherwise; undefined where it agrees. */
function difference(command: Command, { target }: NginxOracle): string | undefined {
  const { name, counts, block } = command;
  const contexts = EVENTS.has(name) && command.file === 'nginx' ? ['events'] : command.contexts;
  const all = directiveEntries(name);
  if (all.length === 0) return `${command.file}: ${name} is not in the catalog`;
  const there = all.filter((it) => existsIn(it, target));
  if (there.length === 0) return `${name} is not in the catalog for this version`;
  const agrees = there.some(
    (it) =>
      it.block === block &&
      String(taken(it)) === String(counts) &&
      contexts.every((one) => it.contexts.includes(one as never)) &&
      // Directives of several modules with one table entry each may stand in more places together.
      (it.thirdParty || it.contexts.every((one) => contexts.includes(one) || there.length > 1)),
  );
  const told = there.map((it) => `${taken(it)} in ${it.contexts}${it.block ? ' {}' : ''}`).join(' | ');
  return agrees ? undefined : `${name}: nginx ${counts} in ${contexts}${block ? ' {}' : ''}; catalog ${told}`;
}

const oracles = nginxOracles();

it.skipIf(oracles.length < 3)('differ where it is said that they do', () => {
  const differing = new Set(
    oracles.flatMap((oracle) =>
      commandsOf(oracle.root)
        .filter((it) => difference(it, oracle))
        .map((it) => it.name),
    ),
  );
  expect(Object.keys(KNOWN).filter((it) => !differing.has(it))).toEqual([]);
});

describe
  .skipIf(oracles.length === 0)
  .each(oracles.length > 0 ? oracles : [{ name: 'none', root: '/', target: NEWEST }])(
  'tables of directives of nginx $name',
  (oracle) => {
    it('are the catalog', () => {
      const commands = commandsOf(oracle.root);
      expect(commands.length).toBeGreaterThan(900);
      const differing = commands.flatMap((it) => {
        const said = Object.hasOwn(KNOWN, it.name) ? undefined : difference(it, oracle);
        return said === undefined ? [] : [said];
      });
      console.log(`${commands.length} directives of nginx ${oracle.name}, ${differing.length} differ`);
      expect(differing).toEqual([]);
    });
  },
);
