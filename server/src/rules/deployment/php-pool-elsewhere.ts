import { type Address, addressText, answers, nginxAddress, runPath } from '../../base/address.js';
import type { Fix } from '../../base/fix.js';
import { debianPools } from '../../deployment/phpPools.js';
import { defineRule } from '../rule.js';

export default defineRule({
  id: 'deployment/php-pool-elsewhere',
  severity: 'warning',
  confidence: 'likely',
  audience: 'everyone',
  sees: 'part',
  messages: {
    elsewhere: 'nginx will answer 502: no pool of php-fpm listens on {address}. {pools}.',
  },
  docs: {
    summary: 'nginx asks for PHP where no pool of php-fpm listens.',
    why: "The socket's name holds PHP's version, and an upgrade changes it. nginx starts, and answers 502 to each request for PHP.",
    bad: `-- etc/nginx/conf.d/site.conf --
server {
    location ~ \\.php$ {
        fastcgi_pass unix:/run/php/php7.4-fpm.sock;
    }
}
-- etc/php/8.2/fpm/pool.d/www.conf --
[www]
listen = /run/php/php8.2-fpm.sock
`,
    good: `-- etc/nginx/conf.d/site.conf --
server {
    location ~ \\.php$ {
        fastcgi_pass unix:/run/php/php8.2-fpm.sock;
    }
}
-- etc/php/8.2/fpm/pool.d/www.conf --
[www]
listen = /run/php/php8.2-fpm.sock
`,
    sources: ['https://www.php.net/manual/en/install.fpm.configuration.php', 'sapi/fpm/fpm/fpm_sockets.c'],
  },

  check(view, report) {
    if (view.part !== 'connection' || view.connection.connector.directive !== 'fastcgi_pass') return;
    const { connection, around } = view;
    const { address, at, text } = connection;
    // Another program may speak FastCGI; a socket beside those of PHP is meant for PHP.
    if (!meansPhp(address) || around.listenersFor(address).length > 0) return;
    const { host } = around;
    const pools = debianPools(host);
    if (!pools || pools.length === 0 || pools.some((it) => answers(normal(it.address), address) !== false)) return;
    const there = address.kind === 'unix' ? host.stat(address.path) : undefined;
    // Debian's alternative php-fpm.sock is a link that postinst makes.
    if (there?.known && there.value) return;
    if (address.kind === 'unix' && address.path === '/run/php/php-fpm.sock') return;
    const said = pools.map((it) => `${it.name} in ${it.file} listens on ${it.listen}`).join('; ');
    const fixes = pools.slice(0, 3).flatMap((it): Fix[] => {
      const value = nginxAddress(it.address);
      if (value === undefined || at.end - at.start !== text.length) return [];
      return [{ title: `Connect to ${it.listen}`, applicability: 'suggested', edits: [{ at, text: value }] }];
    });
    report({ at, say: 'elsewhere', with: { address: addressText(address), pools: said }, fixes });
  },
});

function meansPhp(address: Address): boolean {
  return address.kind === 'unix' && /^\/run\/php\//.test(address.path);
}

function normal(address: Address): Address {
  return address.kind === 'unix' ? { kind: 'unix', path: runPath(address.path) } : address;
}
