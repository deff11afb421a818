/** What OpenSSL, and not nginx, refuses in a configuration: names of ciphers and curves. Knows no file. */
import { fault, type Handler } from './argumentReaders.js';

/** Keywords of cipher lists: openssl-ciphers(1), "CIPHER STRINGS". */
const CIPHER_WORDS = new Set(
  (
    'DEFAULT COMPLEMENTOFDEFAULT ALL COMPLEMENTOFALL HIGH MEDIUM LOW EXP EXPORT EXPORT40 EXPORT56 eNULL NULL aNULL ' +
    'kRSA aRSA RSA kDHr kDHd kDH kDHE kEDH DH DHE EDH ADH kEECDH kECDHE kECDHr kECDHe kECDH ECDH ECDHE EECDH AECDH ' +
    'aDSS DSS aDH aECDH aECDSA ECDSA TLSv1.3 TLSv1.2 TLSv1.0 TLSv1 SSLv3 SSLv2 AES128 AES256 AES AESGCM AESCCM AESCCM8 ' +
    'ARIA128 ARIA256 ARIA CAMELLIA128 CAMELLIA256 CAMELLIA CHACHA20 3DES DES RC4 RC2 IDEA SEED MD5 SHA1 SHA SHA256 SHA384 ' +
    'aGOST aGOST01 aGOST12 kGOST kGOST18 GOST94 GOST89MAC GOST89 GOST2012 GOST PSK kPSK kECDHEPSK kDHEPSK kRSAPSK aPSK SRP kSRP ' +
    'aSRP CBC SUITEB128 SUITEB128ONLY SUITEB192 FIPS kEECDH AEAD'
  ).split(' '),
);

/** `ECDHE-RSA-AES128-GCM-SHA256`, `TLS_AES_256_GCM_SHA384`, `ADH-AES256-SHA`: at least two known parts. */
const isSuite = (text: string) =>
  /^TLS_[A-Z0-9_]+$/.test(text) ||
  (/^[A-Z0-9]+(?:-[A-Z0-9]+)+$/.test(text) &&
    /(?:^|-)(?:AES\d*|DES|3DES|RC4|RC2|IDEA|SEED|CAMELLIA\d*|ARIA\d*|CHACHA20|NULL|GOST\w*|KUZNYECHIK|MAGMA|SM4)(?:-|$)/.test(
      text,
    ));

/**
 * A list in which OpenSSL knows no name: SSL_CTX_set_cipher_list() finds nothing then. Names that it does not know it
 * passes over while one is left. Lists that name a file of the system are not judged.
 */
export const ciphers: Handler = ([list]) => {
  if (/[$@=]/.test(list!)) return undefined;
  const adds = list!.split(/[: ,;]/).filter((it) => it !== '' && !/^[!-]/.test(it));
  const known = adds.some((it) => {
    const parts = it.replace(/^\+/, '').split('+');
    return parts.every((part) => CIPHER_WORDS.has(part) || isSuite(part));
  });
  return known ? undefined : fault(1, 'a list of ciphers of which OpenSSL knows at least one, such as HIGH:!aNULL');
};

const CURVE =
  /^(?:prime|P-|K-|B-|sec[pt]|sect|c2[pt]nb|wap-wsg|brainpool|ffdhe|X25519|X448|x25519|x448|SM2|GC256|GC512|Oakley|MLKEM|mlkem|SecP|frodo|kyber|p\d+_|[a-z0-9]+_(?:kyber|mlkem|frodo))/;

/** SSL_CTX_set1_curves_list() refuses the list when it does not know one of its names. */
export const curves: Handler = ([list]) => {
  if (list === 'auto' || /[$@?*/]/.test(list!)) return undefined;
  const wrong = list!.split(':').some((it) => !CURVE.test(it));
  return wrong ? fault(1, '"auto" or names of curves such as X25519:prime256v1', ['auto']) : undefined;
};
