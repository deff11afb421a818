import { type HostPath, joinPath } from '../../base/hostPath.js';
import { keyFit } from '../../deployment/keyPair.js';
import { textOf } from '../../host/host.js';
import { inForce } from '../../nginx/effective/inheritance.js';
import { isTemplated } from '../../nginx/values.js';
import { placeOfArg } from '../../syntax/nginxSyntax.js';
import { defineRule } from '../rule.js';

// Put together when it is asked for: vsce packs no file in which a key stands, be it one that opens nothing.
const KIND = ['PRIVATE', 'KEY'].join(' ');

export default defineRule({
  id: 'deployment/key-of-another-certificate',
  severity: 'error',
  confidence: 'certain',
  audience: 'everyone',
  sees: 'server',
  directives: ['ssl_certificate'],
  messages: {
    other: 'nginx will not start (key values mismatch): this is not the key of the certificate in {certificate}.',
    later:
      'nginx will not start (key values mismatch): the key belongs to a later certificate in {certificate}. That of the site comes first in the file, and those of its issuers after it.',
  },
  docs: {
    summary: 'A private key that does not belong to the certificate.',
    why: 'nginx -t fails with `SSL_CTX_use_PrivateKey ... key values mismatch`. Mostly the certificate was renewed with another key, or a bundle was put together in the wrong order. Said only where both files can be read; keys are compared on the spot.',
    bad: `-- etc/nginx/conf.d/site.conf --
server {
    listen 443 ssl;
    ssl_certificate /etc/ssl/a.crt;
    ssl_certificate_key /etc/ssl/b.key;
}
-- etc/ssl/a.crt --
-----BEGIN CERTIFICATE-----
MIIBiDCCAS2gAwIBAgIUcpFKeY08RzTZz7syFJ4VuS8s+ukwCgYIKoZIzj0EAwIw
GDEWMBQGA1UEAwwNYS5leGFtcGxlLmNvbTAgFw0yNjExMjQxNzMzMTVaGA8yMTI2
MTAzMTE3MzMxNVowGDEWMBQGA1UEAwwNYS5leGFtcGxlLmNvbTBZMBMGByqGSM49
AgEGCCqGSM49AwEHA0IABCbUHythYG5rsuQNZVSYc5oYraO5UP3ln9KtCUDqdTwr
YwQKUF9rQwJZlFZ+q8bFD2AvWyRTyQZDZSqMlwUR3mGjUzBRMB0GA1UdDgQWBBTX
arN/hS2LSmkRq24kCENP7sdrsDAfBgNVHSMEGDAWgBTXarN/hS2LSmkRq24kCENP
7sdrsDAPBgNVHRMBAf8EBTADAQH/MAoGCCqGSM49BAMCA0kAMEYCIQD0Z3kYIFgu
jv9CQQc1WoV5s+htvL5sf/CJHoR57+l4qwIhANR1lsoE/Stq8c4Q6xZLrboXuJk6
8rSu+a9ZstAC3KPD
-----END CERTIFICATE-----
-- etc/ssl/b.key --
-----BEGIN ${KIND}-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgx7tY+5GeJ0aWOvBB
8uJESEUrnEGG4OAgreKoRJfrz9OhRANCAARvDPa8iUme/OJ8mwkto2fBWK4nhqRq
cvVFeJ6TubdvQxUTyW1VGBOaNPaZoQjBjnQGEtsjNipoVyUM0fD8FewU
-----END ${KIND}-----
`,
    good: `-- etc/nginx/conf.d/site.conf --
server {
    listen 443 ssl;
    ssl_certificate /etc/ssl/a.crt;
    ssl_certificate_key /etc/ssl/a.key;
}
-- etc/ssl/a.crt --
-----BEGIN CERTIFICATE-----
MIIBiDCCAS2gAwIBAgIUcpFKeY08RzTZz7syFJ4VuS8s+ukwCgYIKoZIzj0EAwIw
GDEWMBQGA1UEAwwNYS5leGFtcGxlLmNvbTAgFw0yNjExMjQxNzMzMTVaGA8yMTI2
MTAzMTE3MzMxNVowGDEWMBQGA1UEAwwNYS5leGFtcGxlLmNvbTBZMBMGByqGSM49
AgEGCCqGSM49AwEHA0IABCbUHythYG5rsuQNZVSYc5oYraO5UP3ln9KtCUDqdTwr
YwQKUF9rQwJZlFZ+q8bFD2AvWyRTyQZDZSqMlwUR3mGjUzBRMB0GA1UdDgQWBBTX
arN/hS2LSmkRq24kCENP7sdrsDAfBgNVHSMEGDAWgBTXarN/hS2LSmkRq24kCENP
7sdrsDAPBgNVHRMBAf8EBTADAQH/MAoGCCqGSM49BAMCA0kAMEYCIQD0Z3kYIFgu
jv9CQQc1WoV5s+htvL5sf/CJHoR57+l4qwIhANR1lsoE/Stq8c4Q6xZLrboXuJk6
8rSu+a9ZstAC3KPD
-----END CERTIFICATE-----
-- etc/ssl/a.key --
-----BEGIN ${KIND}-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgLsSbcThu1/yJP+6J
gOz5kAoGAr3QVxW56SfELzCXplmhRANCAAQm1B8rYWBua7LkDWVUmHOaGK2juVD9
5Z/SrQlA6nU8K2MEClBfa0MCWZRWfqvGxQ9gL1skU8kGQ2UqjJcFEd5h
-----END ${KIND}-----
`,
    sources: ['ngx_ssl_certificate() in src/event/ngx_event_openssl.c', 'SSL_CTX_use_PrivateKey(3)'],
  },

  check({ server, around }, report) {
    const certificates = inForce(server, 'ssl_certificate');
    const keys = inForce(server, 'ssl_certificate_key');
    if (!certificates.certain || !keys.certain || keys.directives.length !== certificates.directives.length) return;
    certificates.directives.forEach((certificate, i) => {
      const key = keys.directives[i]!;
      const [file, keyFile] = [certificate, key].map((it) => pathOf(it.args[0], around.prefix));
      const [text, keyText] = [file, keyFile].map((it) => it && textOf(it, around.host));
      const fit = text !== undefined && keyText !== undefined ? keyFit(text, keyText) : undefined;
      if (fit !== 'other' && fit !== 'later') return;
      const related = [{ at: placeOfArg(certificate.item, 1), text: 'the certificate' }];
      report({ at: placeOfArg(key.item, 1), say: fit, with: { certificate: file! }, related });
    });
  },
});

function pathOf(text: string | undefined, prefix: HostPath): HostPath | undefined {
  if (!text || /\$|^(?:data|engine|store|object):/.test(text) || isTemplated(text)) return undefined;
  return joinPath(prefix, text);
}
