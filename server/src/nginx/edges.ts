/** Networks from which the proxies of large networks ask, and the header in which they name the client. */

export interface Edge {
  readonly name: string;
  /** Headers that it sends, in small letters. */
  readonly headers: readonly string[];
  readonly networks: readonly string[];
}

/** https://www.cloudflare.com/ips/ and https://api.fastly.com/public-ip-list: some of each are enough to know them by. */
const EDGES: readonly Edge[] = [
  {
    name: 'Cloudflare',
    headers: ['cf-connecting-ip', 'x-forwarded-for', 'true-client-ip', 'cf-connecting-ipv6'],
    networks: [
      '173.245.48.0/20',
      '103.21.244.0/22',
      '103.22.200.0/22',
      '103.31.4.0/22',
      '141.101.64.0/18',
      '108.162.192.0/18',
      '190.93.240.0/20',
      '188.114.96.0/20',
      '197.234.240.0/22',
      '198.41.128.0/17',
      '162.158.0.0/15',
      '104.16.0.0/13',
      '104.24.0.0/14',
      '172.64.0.0/13',
      '131.0.72.0/22',
      '2400:cb00::/32',
      '2606:4700::/32',
      '2803:f800::/32',
      '2405:b500::/32',
      '2405:8100::/32',
      '2a06:98c0::/29',
      '2c0f:f248::/32',
    ],
  },
  {
    name: 'Fastly',
    headers: ['fastly-client-ip', 'x-forwarded-for'],
    networks: [
      '23.235.32.0/20',
      '43.249.72.0/22',
      '103.244.50.0/24',
      '146.75.0.0/17',
      '151.101.0.0/16',
      '199.232.0.0/16',
      '2a04:4e40::/32',
    ],
  },
];

const byNetwork = new Map(EDGES.flatMap((edge) => edge.networks.map((it) => [it, edge] as const)));

/** Whose network this is, as written in set_real_ip_from. */
export function edgeOf(network: string): Edge | undefined {
  return byNetwork.get(network.toLowerCase());
}
