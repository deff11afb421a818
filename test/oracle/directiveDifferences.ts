/**
 * Where our verdict on a directive's place or its number of arguments is not nginx's, each with the reason. What is not
 * listed fails the suite.
 */

export interface DirectiveDifference {
  readonly name: string;
  /** A context, or a number of arguments in one. */
  readonly question: string;
  /** True where we refuse what nginx takes. */
  readonly weRefuse: boolean;
  /** The release of nginx that was asked, as `1.22.1`. */
  readonly nginx: string;
}

interface Reason {
  readonly reason: string;
  readonly names: RegExp;
  readonly questions: RegExp;
  /** Which releases of Debian it holds for. */
  readonly nginx: RegExp;
}

const REASONS: readonly Reason[] = [
  {
    reason: 'njs 0.9.9 brought js_access to http; which njs is there, nginx does not tell. These have 0.7.9 and 0.8.9.',
    names: /^js_access$/,
    questions: /^in (?:location|limit_except|lif)$/,
    nginx: /^1\.2[26]\./,
  },
  {
    reason: 'Debian built the njs of these releases without TLS for stream.',
    names: /^js_fetch_(?:ciphers|protocols|trusted_certificate|verify|verify_depth)$/,
    questions: /^in stream/,
    nginx: /^1\.2[26]\./,
  },
  {
    reason: 'njs 0.8.1 brought the third argument; 1.22 is here with 0.7.9.',
    names: /^js_set$/,
    questions: /^with 3 in (?:http|stream)$/,
    nginx: /^1\.22\./,
  },
  {
    reason: 'nchan 1.3.7 brought the second argument; 1.22 is here with 1.3.6.',
    names: /^nchan_redis_server$/,
    questions: /^with 2 in upstream$/,
    nginx: /^1\.22\./,
  },
];

/** Why the two differ; undefined when nobody has said so. In all of these we take what a newer module takes. */
export function reasonFor({ name, question, weRefuse, nginx }: DirectiveDifference): string | undefined {
  if (weRefuse) return undefined;
  return REASONS.find((it) => it.names.test(name) && it.questions.test(question) && it.nginx.test(nginx))?.reason;
}
