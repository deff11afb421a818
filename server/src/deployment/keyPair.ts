/** Whether a private key belongs to a certificate: as much of PEM and DER as that takes (RFC 7468, 5208, 5915, 8017). */

export type KeyFit =
  | 'fits'
  /** The key is that of a later certificate in the file, and the first one counts: SSL_CTX_use_certificate_chain_file(). */
  | 'later'
  | 'other';

/** Undefined where one of them is none that we can read, or a key that does not hold its public half. */
export function keyFit(certificates: string, key: string): KeyFit | undefined {
  const certs = blocksOf(certificates, /CERTIFICATE/);
  const half = publicHalf(blocksOf(key, /(?:RSA |EC )?PRIVATE KEY/)[0]);
  const [first, ...more] = certs;
  if (first === undefined || half === undefined) return undefined;
  if (first.includes(half)) return 'fits';
  return more.some((it) => it.includes(half)) ? 'later' : 'other';
}

/** Bytes as characters, which can be searched. */
function blocksOf(text: string, label: RegExp): string[] {
  const found: string[] = [];
  for (const [, name, body] of text.matchAll(/-----BEGIN ([A-Z0-9 ]+)-----([^-]*)-----END \1-----/g)) {
    if (!new RegExp(`^${label.source}$`).test(name!)) continue;
    const plain = body!.replace(/\s+/g, '');
    // With headers such as Proc-Type the body is encrypted.
    if (/^[A-Za-z0-9+/]+={0,2}$/.test(plain)) found.push(Buffer.from(plain, 'base64').toString('latin1'));
  }
  return found;
}

interface Element {
  readonly tag: number;
  readonly body: string;
}

/** The elements that stand one after the other; undefined for what is no DER. */
function elementsOf(bytes: string): Element[] | undefined {
  const found: Element[] = [];
  for (let at = 0; at < bytes.length; ) {
    const tag = bytes.charCodeAt(at);
    let length = bytes.charCodeAt(at + 1);
    let start = at + 2;
    if (Number.isNaN(length)) return undefined;
    if (length > 0x80) {
      const count = length - 0x80;
      if (count > 3) return undefined;
      length = 0;
      for (let i = 0; i < count; i++) length = length * 256 + bytes.charCodeAt(start + i);
      start += count;
    }
    if (!(start + length <= bytes.length)) return undefined;
    found.push({ tag, body: bytes.slice(start, start + length) });
    at = start + length;
  }
  return found;
}

const INTEGER = 0x02;
const BIT_STRING = 0x03;
const OCTET_STRING = 0x04;
const SEQUENCE = 0x30;
/** `[1]` of ECPrivateKey. */
const PUBLIC_KEY = 0xa1;
/** Shorter ones are versions and exponents. */
const SHORTEST = 32;

/** The modulus of an RSA key, or the point of one on a curve: both stand in the certificate, too. */
function publicHalf(der: string | undefined): string | undefined {
  const [outer] = (der !== undefined && elementsOf(der)) || [];
  const parts = outer?.tag === SEQUENCE ? elementsOf(outer.body) : undefined;
  if (!parts) return undefined;
  // PKCS#8 wraps the key of an algorithm.
  const wrapped = parts[1]?.tag === SEQUENCE && parts[2]?.tag === OCTET_STRING ? parts[2] : undefined;
  if (wrapped) return publicHalf(wrapped.body);
  const modulus = parts[1];
  if (modulus?.tag === INTEGER && modulus.body.length >= SHORTEST) return modulus.body;
  const [point] = elementsOf(parts.find((it) => it.tag === PUBLIC_KEY)?.body ?? '') ?? [];
  return point?.tag === BIT_STRING && point.body.length >= SHORTEST ? point.body : undefined;
}
