/** Which judge goes with which of systemd's parsers, and the one door to all of them: `faultsOf`. */
import type { UnitKey } from '../../catalog/systemd.js';
import { exec } from './exec.js';
import { parserOf } from './formerParsers.js';
import * as images from './images.js';
import * as kernel from './kernelLists.js';
import * as kinds from './kinds.js';
import { choice, one, printed, type Validator, within } from './kinds.js';
import { listen } from './listen.js';
import * as lists from './lists.js';
import { isBoolean, isInteger, isTimeSpan, readSize } from './numbers.js';
import * as singles from './singles.js';
import { type Fault, whole } from './words.js';

const enumeration = choice();
const enumerationOrEmpty = choice({ empty: true });

/** By the parser's name without `config_parse_`. Parsers that are not here take any text, or are not judged yet. */
const JUDGES: Readonly<Record<string, Validator>> = {
  bool: kinds.boolean,
  tristate: kinds.tristate,
  job_mode_isolate: kinds.boolean,
  sec: kinds.span,
  sec_fix_0: kinds.span,
  sec_def_infinity: kinds.spanOrEmpty,
  service_timeout: kinds.span,
  service_timeout_abort: kinds.spanOrEmpty,
  job_timeout_sec: kinds.span,
  job_running_timeout_sec: kinds.span,
  managed_oom_mem_pressure_duration_sec: one(
    (it) => isTimeSpan(it) && !/^(?:0|infinity|[\d.]+ ?[um]s)$/.test(it.trim()),
    'a time span of a second or more',
  ),
  nsec: kinds.nanoSpan,
  unsigned: kinds.unsigned,
  tty_size: kinds.unsignedOrEmpty,
  int: kinds.integer,
  long: kinds.long,
  mode: kinds.mode,
  memory_limit: kinds.memoryLimit,
  tasks_max: kinds.tasksMax,
  cpu_quota: kinds.cpuQuota,
  managed_oom_mem_pressure_limit: kinds.percent,
  iec_size: kinds.iecSize,
  iec_size_long: (value, it) => (it.version >= 258 ? kinds.iecSize : kinds.long)(value, it),
  rlimit: kinds.rlimit,
  cpu_shares: kinds.cpuShares,
  blockio_weight: kinds.blockIoWeight,
  blockio_device_weight: singles.deviceAnd((it) => isInteger(it, 10n, 1000n), 'a weight from 10 to 1000'),
  blockio_bandwidth: singles.deviceAnd((it) => (readSize(it, 1000) ?? 0) > 0, 'a number of bytes such as 5M'),
  cg_weight: kinds.weight,
  cg_cpu_weight: kinds.cpuWeight,
  unit_cpu_set: kinds.cpuSet,
  exec_cpu_affinity: (value, it) => (value === 'numa' ? [] : kinds.cpuSet(value, it)),
  numa_mask: (value, it) => (value === 'all' ? [] : kinds.cpuSet(value, it)),
  exec_nice: within(-20n, 19n),
  exec_oom_score_adjust: within(-1000n, 1000n),
  exec_io_priority: within(0n, 7n),
  exec_cpu_sched_prio: within(0n, 99n, false),
  swap_priority: within(-1n, 32767n),
  exit_status: within(0n, 255n),
  exec_quota: singles.quota,

  service_type: enumeration,
  service_exit_type: enumeration,
  service_restart: enumeration,
  service_restart_mode: enumeration,
  service_timeout_failure_mode: enumeration,
  notify_access: enumeration,
  oom_policy: enumeration,
  kill_mode: enumerationOrEmpty,
  job_mode: enumeration,
  collect_mode: enumeration,
  emergency_action: enumeration,
  device_policy: enumeration,
  managed_oom_mode: enumerationOrEmpty,
  managed_oom_preference: enumeration,
  pressure_watch: enumeration,
  exec_preserve_mode: enumeration,
  exec_keyring_mode: enumeration,
  exec_utmp_mode: enumeration,
  protect_proc: enumeration,
  proc_subset: enumeration,
  protect_system: enumeration,
  protect_home: enumeration,
  protect_control_groups: enumeration,
  protect_hostname: singles.hostname,
  private_tmp: enumeration,
  private_users: enumeration,
  private_pids: enumeration,
  private_bpf: enumeration,
  numa_policy: enumerationOrEmpty,
  exec_cpu_sched_policy: singles.schedulingPolicy,
  exec_io_class: singles.ioClass,
  exec_mount_propagation_flag: enumerationOrEmpty,
  exec_memory_thp: enumeration,
  cpuset_partition: enumerationOrEmpty,
  log_facility: singles.facility,
  log_level: singles.level,
  socket_bind: enumeration,
  socket_protocol: (value, it) => enumeration(value.toLowerCase(), it),
  socket_timestamping: choice({ also: (it) => isBoolean(it) || /^(?:nsec|usec|µs|μs)$/.test(it) }),
  socket_defer_trigger: enumeration,
  ip_tos: singles.ipTos,

  exec_output: singles.stream,
  exec_input: singles.stream,
  user_group_compat: singles.user,
  user_group_strv_compat: lists.groups,
  working_directory: singles.workingDirectory,
  unit_path_printf: singles.path,
  pid_file: singles.pidFile,
  path_spec: singles.pathSpec,
  ip_filter_bpf_progs: singles.path,
  unit_env_file: singles.environmentFile,
  signal: singles.signal,
  unit_slice: singles.unitOf('slice'),
  trigger_unit: singles.unitOf(undefined),
  socket_service: singles.unitOf('service'),
  socket_listen: listen,
  device_allow: singles.deviceAllow,
  io_limit: singles.deviceAnd(singles.ioBytes, 'a rate such as 10M'),
  io_device_weight: singles.deviceAnd((it) => isInteger(it, 1n, 10000n), 'a weight from 1 to 10000'),
  io_device_latency: singles.spanWithDevice,
  unit_condition_path: singles.conditionPath,
  exec,
  fdname: singles.descriptorName,
  socket_bindtodevice: singles.interfaceName,
  bind_network_interface: singles.interfaceName,
  syscall_errno: singles.errno,
  bus_name: singles.busName,
  set_credential: singles.credential(true),
  load_credential: singles.credential(false),
  cgroup_socket_bind: singles.socketBind,
  unit_string_printf: printed(false),
  unit_condition_string: printed(false),
  timer: singles.timer,

  root_image_options: images.rootImageOptions,
  mount_images: images.mountImages,
  extension_images: images.extensionImages,
  image_policy: images.imagePolicy,
  exec_root_hash: images.rootHash,
  exec_root_hash_sig: images.rootHashSignature,
  log_namespace: images.logNamespace,
  exec_coredump_filter: kernel.coredumpFilter,
  personality: kernel.personality,
  restrict_filesystems: kernel.fileSystems,
  bpf_foreign_program: kernel.bpfProgram,
  cgroup_nft_set: kernel.nftSets,
  log_extra_fields: kernel.logFields,
  log_filter_patterns: kernel.logPattern,
  exec_input_text: kernel.inputText,
  exec_input_data: kernel.inputData,
  temporary_filesystems: kernel.temporaryFileSystems,
  colon_separated_paths: kernel.searchPath,
  import_credential: kernel.importCredential,
  delegate_subgroup: kernel.controlGroup,
  reboot_parameter: kernel.rebootArgument,
  open_file: kernel.openFile,
  concurrency_max: kernel.concurrency,
  xattr: kernel.extendedAttributes,
  // Before 256 the What= of a swap had to be a path.
  mount_node: (value, it) => (it.key.section === 'Swap' && it.version < 256 ? singles.path : printed(false))(value, it),
  exec_selinux_context: singles.label,
  exec_apparmor_profile: singles.label,
  exec_smack_process_label: singles.label,

  unit_deps: lists.unitNames,
  obsolete_unit_deps: lists.unitNames,
  service_sockets: lists.socketNames,
  unit_mounts_for: lists.absolutePaths,
  unit_path_strv_printf: lists.absolutePaths,
  namespace_path_strv: lists.namespacePaths,
  exec_directories: lists.directories,
  bind_paths: lists.bindPaths,
  documentation: lists.documentation,
  environ: lists.environment,
  pass_environ: lists.environmentNames,
  unset_environ: lists.environmentNamesOrAssignments,
  set_status: lists.exitStatuses,
  capability_set: lists.capabilities,
  syscall_filter: lists.syscallFilter,
  syscall_log: lists.syscallFilter,
  syscall_archs: lists.architectures,
  address_families: lists.addressFamilies,
  namespace_flags: lists.flags,
  delegate: lists.flags,
  disable_controllers: lists.controllers,
  service_refresh_on_reload: lists.flags,
  exec_secure_bits: lists.flags,
  restrict_network_interfaces: lists.interfaces,
  in_addr_prefixes: lists.addressPrefixes,
};

/** Types of unit for which can_delegate and can_set_managed_oom hold in their UnitVTable; in others the line is ignored. */
const ONLY_IN: Readonly<Record<string, readonly string[]>> = {
  // The parent of a slice follows from its name: unit_set_slice().
  unit_slice: ['service', 'socket', 'mount', 'swap', 'scope'],
  delegate: ['service', 'scope'],
  delegate_subgroup: ['service', 'scope'],
  managed_oom_mode: ['service', 'slice', 'scope'],
  managed_oom_mem_pressure_limit: ['service', 'slice', 'scope'],
  managed_oom_mem_pressure_duration_sec: ['service', 'slice', 'scope'],
};

/** The newest systemd that the catalog knows; judged by when nobody has said which it is. */
export const NEWEST_SYSTEMD = 262;

/**
 * What systemd of the main version does not take in the value of a key, in the order of the value. Empty when all is well
 * or when nothing is known of the key's values.
 */
export function faultsOf(
  key: UnitKey,
  value: string,
  unitType: string,
  version: number = NEWEST_SYSTEMD,
): readonly Fault[] {
  const parser = parserOf(key, version);
  const judge = parser === undefined ? undefined : JUDGES[parser];
  if (!judge) return [];
  const types = ONLY_IN[parser!];
  if (types && !types.includes(unitType)) return whole(value, `for .${unitType} units`);
  return judge(value, { key, unitType, version });
}

/** Whether values of the key are judged at all. */
export function isJudged(key: UnitKey, version: number = NEWEST_SYSTEMD): boolean {
  const parser = parserOf(key, version);
  return parser !== undefined && Object.hasOwn(JUDGES, parser);
}
