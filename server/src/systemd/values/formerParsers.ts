/** Keys that older releases read by another parser than the newest: src/core/load-fragment-gperf.gperf.in of 252 and 257. */
import type { UnitKey } from '../../catalog/systemd.js';

/** Keys of cgroup v1 and the accounting of CPU time, which 258 has dropped. */
const UNTIL_258: Readonly<Record<string, string>> = {
  CPUAccounting: 'bool',
  CPUShares: 'cpu_shares',
  StartupCPUShares: 'cpu_shares',
  DefaultMemoryMin: 'memory_limit',
  DefaultMemoryLow: 'memory_limit',
  DefaultStartupMemoryLow: 'memory_limit',
  MemoryLimit: 'memory_limit',
  BlockIOAccounting: 'bool',
  BlockIOWeight: 'blockio_weight',
  StartupBlockIOWeight: 'blockio_weight',
  BlockIODeviceWeight: 'blockio_device_weight',
  BlockIOReadBandwidth: 'blockio_bandwidth',
  BlockIOWriteBandwidth: 'blockio_bandwidth',
};

/** The parser of systemd's main version for a key, without `config_parse_`; undefined where nothing is known of it. */
export function parserOf(key: UnitKey, version: number): string | undefined {
  const former = version < 258 ? UNTIL_258[key.name] : undefined;
  if (former && key.removed && key.dumps && key.dumps.length > 0) return former;
  if (key.name === 'PrivateMounts' && version < 253) return 'bool';
  if (key.section === 'Swap' && key.name === 'What' && version < 253) return 'unit_path_printf';
  return key.parser;
}
