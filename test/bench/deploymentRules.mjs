// What each rule that sees the deployment costs when one of 2,000 units, or one of 2,000 sites, is edited.
// node test/bench/deploymentRules.mjs [sites]
import { bundled } from './bundled.mjs';
import { median } from './measure.mjs';

const sites = Number(process.argv[2] ?? 2000);
const contents = `
  export { grammars, load } from './test/fixture/deployment.ts';
  export { allRules } from './server/src/rules/all.generated.ts';
  export { hostPath } from './server/src/base/hostPath.ts';
  export { FindingsMemory } from './server/src/features/diagnostics.ts';
`;
const { grammars, load, allRules, hostPath, FindingsMemory } = await bundled('deployment-rules', contents);
await grammars();

const files = [{ path: 'etc/passwd', text: 'root:x:0:0::/root:/bin/sh\nwww-data:x:33:33::/var/www:/bin/sh\n' }];
files.push({ path: 'etc/group', text: 'root:x:0:\nwww-data:x:33:\n' });
const text = [];
for (let i = 0; i < sites; i++) {
  text.push(
    '  server {',
    `    listen 80;\n    server_name app${i}.example.com;`,
    `    location /static/ {\n      alias /srv/app${i}/static/;\n    }`,
    '    location / {\n      proxy_set_header Host $http_host;',
    `      proxy_pass http://${i % 2 ? `127.0.0.1:${10000 + i}` : `unix:/run/app${i}/app.sock`};\n    }\n  }`,
  );
  for (let n = 0; n < 8; n++) files.push({ path: `srv/app${i}/static/file${n}.css`, text: '' });
  files.push({ path: `srv/app${i}/venv/bin/gunicorn`, text: '#!/usr/bin/python3\n', attributes: { mode: '755' } });
  files.push({ path: `srv/app${i}/site/wsgi.py`, text: 'application = 1\n' });
  const bind = i % 2 ? `127.0.0.1:${10000 + i}` : `unix:/run/app${i}/app.sock`;
  files.push({
    path: `etc/systemd/system/app${i}.service`,
    text: `[Unit]\nDescription=app\nAfter=network.target\n\n[Service]\nUser=www-data\nGroup=www-data\nRuntimeDirectory=app${i}\nWorkingDirectory=/srv/app${i}\nExecStart=/srv/app${i}/venv/bin/gunicorn --workers 3 --bind ${bind} site.wsgi:application\nPrivateTmp=yes\n\n[Install]\nWantedBy=multi-user.target\n`,
  });
}
files.push({ path: 'etc/nginx/nginx.conf', text: `user www-data;\nevents {}\nhttp {\n${text.join('\n')}\n}\n` });
for (const it of files) it.attributes ??= {};
const loaded = load({ files, absent: [] });
const { space } = loaded;
const rules = allRules.filter((it) => it.sees === 'deployment');
const memory = new FindingsMemory();
const run = (snapshot) => {
  memory.ofDeployment(snapshot);
};
console.log('settling');
loaded.settle(run);
const taken = new Map(rules.map((it) => [it.id, []]));
const whole = [];
const built = [];
const parts = [];
const unit = hostPath('/etc/systemd/system/app7.service');
space.openDocument(unit, 'systemd', files.find((it) => it.path === unit.slice(1)).text);
loaded.settle(run);
for (let i = 0; i < 25; i++) {
  const at = space.document(unit).text.indexOf('--workers ') + 10;
  space.editDocument(unit, { start: at, oldEnd: at + 1, text: String(1 + (i % 8)) });
  let started = performance.now();
  const snapshot = space.snapshot();
  built.push(performance.now() - started);
  const judged = memory.parts.judged;
  started = performance.now();
  memory.parts.of(snapshot.deployment, snapshot.host);
  let all = performance.now() - started;
  if (i >= 5) parts.push(all);
  if (i === 6) console.log(`parts judged anew: ${memory.parts.judged - judged}`);
  for (const rule of rules) {
    started = performance.now();
    const found = [];
    rule.run(snapshot.deployment, found);
    const spent = performance.now() - started;
    all += spent;
    if (i >= 5) taken.get(rule.id).push(spent);
    if (i === 6 && found.length) console.log(rule.id, found.length, found[0].message);
  }
  if (i >= 5) whole.push(all);
}
console.log(
  `${sites} sites, one unit edited: all deployment rules ${median(whole).toFixed(2)} ms; snapshot ${median(built).toFixed(1)} ms`,
);
console.log(`${median(parts).toFixed(2).padStart(8)} rules that see parts`);
for (const [id, ms] of [...taken].sort((a, b) => median(b[1]) - median(a[1])))
  console.log(median(ms).toFixed(2).padStart(8), id);
