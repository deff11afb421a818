// Units as a big host has them: services with drop-ins, sockets, timers, paths and targets that name one another.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Writes `count` units below `root`/etc/systemd/system; returns their paths, the services first. */
export function writeUnits(root, count) {
  const folder = join(root, 'etc/systemd/system');
  mkdirSync(folder, { recursive: true });
  const services = Math.floor(count * 0.6);
  const paths = [];
  const write = (name, text) => {
    writeFileSync(join(folder, name), text);
    paths.push(join(folder, name));
  };
  for (let i = 0; i < services; i++) {
    const before = i > 0 ? `app${Math.floor(i / 2)}.service` : 'network.target';
    write(
      `app${i}.service`,
      `[Unit]
Description=Worker ${i} of the site
Documentation=https://example.org/app/${i}
After=network-online.target ${before}
Wants=network-online.target ${before}
StartLimitIntervalSec=60

[Service]
Type=exec
User=root
Group=root
WorkingDirectory=/
Environment="WORKER=${i}" LANG=C.UTF-8
RuntimeDirectory=app${i}
ExecStartPre=-/bin/true --check
ExecStart=/bin/sleep ${1000 + i}
ExecReload=/bin/true $MAINPID
Restart=on-failure
RestartSec=${1 + (i % 30)}s
TimeoutStopSec=90
LimitNOFILE=65536
MemoryMax=512M
NoNewPrivileges=yes
ProtectSystem=strict
SystemCallFilter=@system-service

[Install]
WantedBy=site${i % 10}.target
`,
    );
    if (i % 10 === 0) {
      mkdirSync(join(folder, `app${i}.service.d`), { recursive: true });
      writeFileSync(join(folder, `app${i}.service.d/override.conf`), `[Service]\nNice=${i % 10}\nEnvironment=A=${i}\n`);
    }
  }
  const others = count - services;
  for (let i = 0; i < others; i++) {
    if (i % 40 === 0)
      write(
        `site${i / 40}.target`,
        `[Unit]\nDescription=Site ${i / 40}\nAfter=network.target\n\n[Install]\nWantedBy=multi-user.target\n`,
      );
    else if (i % 3 === 0)
      write(
        `app${i}.socket`,
        `[Unit]\nDescription=Socket ${i}\n\n[Socket]\nListenStream=/run/app${i}/app.sock\nSocketMode=0660\nBacklog=512\n\n[Install]\nWantedBy=sockets.target\n`,
      );
    else if (i % 3 === 1)
      write(
        `app${i}.timer`,
        `[Unit]\nDescription=Timer ${i}\n\n[Timer]\nOnCalendar=*-*-* 03:${String(i % 60).padStart(2, '0')}\nRandomizedDelaySec=5min\nPersistent=yes\n\n[Install]\nWantedBy=timers.target\n`,
      );
    else
      write(
        `app${i}.path`,
        `[Unit]\nDescription=Path ${i}\n\n[Path]\nPathChanged=/srv/app${i}\n\n[Install]\nWantedBy=paths.target\n`,
      );
  }
  return paths;
}
