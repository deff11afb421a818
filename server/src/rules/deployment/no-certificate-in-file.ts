import { joinPath } from '../../base/hostPath.js';
import { textOf } from '../../host/host.js';
import { inForce } from '../../nginx/effective/inheritance.js';
import { isTemplated } from '../../nginx/values.js';
import { placeOfArg } from '../../syntax/nginxSyntax.js';
import { defineRule } from '../rule.js';

export default defineRule({
  id: 'deployment/no-certificate-in-file',
  severity: 'error',
  confidence: 'certain',
  audience: 'everyone',
  sees: 'server',
  directives: ['ssl_certificate'],
  messages: {
    certificate:
      'nginx will not start (PEM: no start line): there is no certificate in {file}. A block between BEGIN CERTIFICATE and END CERTIFICATE is what nginx reads.',
    key: 'nginx will not start (PEM: no start line): there is no private key in {file}.',
  },
  docs: {
    summary: 'A file of a certificate or of its key that holds none.',
    why: 'nginx reads both at its start, in PEM form only: an empty file, a copy that broke off, DER, or the certificate in the place of the key end it with `PEM_read_bio_X509_AUX() failed` or `no start line`.',
    bad: `-- etc/nginx/conf.d/site.conf --
server {
    listen 443 ssl;
    ssl_certificate /etc/ssl/site.crt;
    ssl_certificate_key /etc/ssl/site.key;
}
-- etc/ssl/site.crt --
site.example.com
-- etc/ssl/site.key --
site.example.com
`,
    good: `-- etc/nginx/conf.d/site.conf --
server {
    listen 80;
}
-- etc/ssl/site.crt --
site.example.com
`,
    sources: ['ngx_ssl_load_certificate() in src/event/ngx_event_openssl.c', 'PEM_read_bio_X509_AUX(3)'],
  },

  check({ server, around }, report) {
    for (const [name, say, holds] of HELD) {
      const { directives, certain } = inForce(server, name);
      if (!certain) continue;
      for (const { item, args } of directives) {
        const [text] = args;
        if (!text || /\$|^(?:data|engine|store|object):/.test(text) || isTemplated(text)) continue;
        const file = joinPath(around.prefix, text);
        const written = textOf(file, around.host);
        if (written !== undefined && !holds.test(written)) report({ at: placeOfArg(item, 1), say, with: { file } });
      }
    }
  },
});

const HELD = [
  ['ssl_certificate', 'certificate', /^-----BEGIN (?:X509 |TRUSTED )?CERTIFICATE-----/m],
  ['ssl_certificate_key', 'key', /^-----BEGIN (?:[A-Z0-9]+ )*PRIVATE [K]EY-----/m],
] as const;
