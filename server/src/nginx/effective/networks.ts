/** Networks as allow, deny and geo write them. */

/** Whether an address or network of allow and deny holds an IPv4 client. Undefined for what only a resolver knows. */
export function covers(network: string, client: string): boolean | undefined {
  if (network === 'unix:') return client === 'unix:';
  const [base, length] = network.split('/');
  if (base === client && length === undefined) return true;
  const [a, b] = [number(base!), number(client)];
  if (a === undefined || b === undefined) return base!.includes(':') !== client.includes(':') ? false : undefined;
  const shift = 2 ** (32 - (length === undefined ? 32 : Number(length)));
  return Math.floor(a / shift) === Math.floor(b / shift);
}

function number(address: string): number | undefined {
  const parts = /^(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(address)?.slice(1).map(Number);
  return parts?.reduce((sum, it) => sum * 256 + it, 0);
}
