/** Names that systemd knows by heart: signals, capabilities, errno, address families, exit statuses, and what names may look like. */
import { UNIT_TYPES } from '../unitName.js';
import { isInteger, readInteger } from './numbers.js';

const SIGNALS =
  'HUP INT QUIT ILL TRAP ABRT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM STKFLT CHLD CONT STOP TSTP TTIN TTOU URG XCPU XFSZ VTALRM PROF WINCH IO PWR SYS'.split(
    ' ',
  );

/** signal_from_string(): the name with or without SIG, a number from 1 to 64, RTMIN+n, RTMAX-n. Case matters. */
export function isSignal(text: string): boolean {
  if (/^\+?\d/.test(text)) return isInteger(text, 1n, 64n);
  const name = text.replace(/^SIG/, '');
  if (SIGNALS.includes(name)) return true;
  const match = /^RTM(?:IN(?:\+(\d+))?|AX(?:-(\d+))?)$/.exec(name);
  return match !== null && Number(match[1] ?? match[2] ?? 0) <= 30;
}

export const SIGNAL_NAMES: readonly string[] = SIGNALS.map((it) => `SIG${it}`);

/** In the order of their numbers: include/uapi/linux/capability.h. */
export const CAPABILITIES =
  'CAP_CHOWN CAP_DAC_OVERRIDE CAP_DAC_READ_SEARCH CAP_FOWNER CAP_FSETID CAP_KILL CAP_SETGID CAP_SETUID CAP_SETPCAP CAP_LINUX_IMMUTABLE CAP_NET_BIND_SERVICE CAP_NET_BROADCAST CAP_NET_ADMIN CAP_NET_RAW CAP_IPC_LOCK CAP_IPC_OWNER CAP_SYS_MODULE CAP_SYS_RAWIO CAP_SYS_CHROOT CAP_SYS_PTRACE CAP_SYS_PACCT CAP_SYS_ADMIN CAP_SYS_BOOT CAP_SYS_NICE CAP_SYS_RESOURCE CAP_SYS_TIME CAP_SYS_TTY_CONFIG CAP_MKNOD CAP_LEASE CAP_AUDIT_WRITE CAP_AUDIT_CONTROL CAP_SETFCAP CAP_MAC_OVERRIDE CAP_MAC_ADMIN CAP_SYSLOG CAP_WAKE_ALARM CAP_BLOCK_SUSPEND CAP_AUDIT_READ CAP_PERFMON CAP_BPF CAP_CHECKPOINT_RESTORE'.split(
    ' ',
  );

export const ERRNO: ReadonlySet<string> = new Set(
  'E2BIG EACCES EADDRINUSE EADDRNOTAVAIL EADV EAFNOSUPPORT EAGAIN EALREADY EBADE EBADF EBADFD EBADMSG EBADR EBADRQC EBADSLT EBFONT EBUSY ECANCELED ECHILD ECHRNG ECOMM ECONNABORTED ECONNREFUSED ECONNRESET EDEADLK EDEADLOCK EDESTADDRREQ EDOM EDOTDOT EDQUOT EEXIST EFAULT EFBIG EHOSTDOWN EHOSTUNREACH EHWPOISON EIDRM EILSEQ EINPROGRESS EINTR EINVAL EIO EISCONN EISDIR EISNAM EKEYEXPIRED EKEYREJECTED EKEYREVOKED EL2HLT EL2NSYNC EL3HLT EL3RST ELIBACC ELIBBAD ELIBEXEC ELIBMAX ELIBSCN ELNRNG ELOOP EMEDIUMTYPE EMFILE EMLINK EMSGSIZE EMULTIHOP ENAMETOOLONG ENAVAIL ENETDOWN ENETRESET ENETUNREACH ENFILE ENOANO ENOBUFS ENOCSI ENODATA ENODEV ENOENT ENOEXEC ENOKEY ENOLCK ENOLINK ENOMEDIUM ENOMEM ENOMSG ENONET ENOPKG ENOPROTOOPT ENOSPC ENOSR ENOSTR ENOSYS ENOTBLK ENOTCONN ENOTDIR ENOTEMPTY ENOTNAM ENOTRECOVERABLE ENOTSOCK ENOTSUP EOPNOTSUPP ENOTTY ENOTUNIQ ENXIO EOVERFLOW EOWNERDEAD EPERM EPFNOSUPPORT EPIPE EPROTO EPROTONOSUPPORT EPROTOTYPE ERANGE EREMCHG EREMOTE EREMOTEIO ERESTART ERFKILL EROFS ESHUTDOWN ESOCKTNOSUPPORT ESPIPE ESRCH ESRMNT ESTALE ESTRPIPE ETIME ETIMEDOUT ETOOMANYREFS ETXTBSY EUCLEAN EUNATCH EUSERS EWOULDBLOCK EXDEV EXFULL'.split(
    ' ',
  ),
);

/** parse_errno(): a name or a number up to 4095. */
export function isErrno(text: string): boolean {
  return ERRNO.has(text) || isInteger(text, 1n, 4095n);
}

export const ADDRESS_FAMILIES =
  'AF_ALG AF_APPLETALK AF_ASH AF_ATMPVC AF_ATMSVC AF_AX25 AF_BLUETOOTH AF_BRIDGE AF_CAIF AF_CAN AF_DECnet AF_ECONET AF_FILE AF_IB AF_IEEE802154 AF_INET AF_INET6 AF_IPX AF_IRDA AF_ISDN AF_IUCV AF_KCM AF_KEY AF_LLC AF_LOCAL AF_MCTP AF_MPLS AF_NETBEUI AF_NETLINK AF_NETROM AF_NFC AF_PACKET AF_PHONET AF_PPPOX AF_QIPCRTR AF_RDS AF_ROSE AF_ROUTE AF_RXRPC AF_SECURITY AF_SMC AF_SNA AF_TIPC AF_UNIX AF_UNSPEC AF_VSOCK AF_WANPIPE AF_X25 AF_XDP'.split(
    ' ',
  );

const EXIT_STATUSES = new Set(
  'SUCCESS FAILURE INVALIDARGUMENT NOTIMPLEMENTED NOPERMISSION NOTINSTALLED NOTCONFIGURED NOTRUNNING USAGE DATAERR NOINPUT NOUSER NOHOST UNAVAILABLE SOFTWARE OSERR OSFILE CANTCREAT IOERR TEMPFAIL PROTOCOL NOPERM CONFIG CHDIR NICE FDS EXEC MEMORY LIMITS OOM_ADJUST SIGNAL_MASK STDIN STDOUT CHROOT IOPRIO TIMERSLACK SECUREBITS SETSCHEDULER CPUAFFINITY GROUP USER CAPABILITIES CGROUP SETSID CONFIRM STDERR PAM NETWORK NAMESPACE NO_NEW_PRIVILEGES SECCOMP SELINUX_CONTEXT PERSONALITY APPARMOR ADDRESS_FAMILIES RUNTIME_DIRECTORY CHOWN SMACK_PROCESS_LABEL KEYRING STATE_DIRECTORY CACHE_DIRECTORY LOGS_DIRECTORY CONFIGURATION_DIRECTORY NUMA_POLICY CREDENTIALS BPF KSM MEMORY_THP EXCEPTION'.split(
    ' ',
  ),
);

/** exit_status_from_string(), and signal_from_string() as config_parse_set_status() tries them. */
export function isExitStatus(text: string): boolean {
  if (/^\+?\d/.test(text)) return isInteger(text, 0n, 255n);
  return EXIT_STATUSES.has(text) || isSignal(text);
}

/** unit_name_is_valid(): a name with a known suffix; an instance may be missing after the @. */
export function isUnitName(text: string): boolean {
  const dot = text.lastIndexOf('.');
  if (dot <= 0 || text.length >= 256) return false;
  if (!UNIT_TYPES.some((it) => it === text.slice(dot + 1))) return false;
  return /^[A-Za-z0-9:_.\\-][A-Za-z0-9:_.\\@-]*$/.test(text.slice(0, dot));
}

/** valid_user_group_name() with ALLOW_NUMERIC and RELAX. */
export function isUserName(text: string): boolean {
  if (/^\d+$/.test(text)) return Number(text) < 0xffff_ffff && text !== '65535' && !/^0\d/.test(text);
  if (text === '' || /[\u0000-\u001f\u007f:/]/.test(text) || /^[ \t\n\r]|[ \t\n\r]$/.test(text)) return false;
  return text !== '.' && text !== '..' && !/^-?\d*$/.test(text) && text.length <= 256;
}

/** ifname_valid_full(): at most 15 characters, or 127 for alternative names. */
export function isInterfaceName(text: string, alternative = false): boolean {
  if (text === '' || text.length > (alternative ? 127 : 15)) return false;
  if (text === '.' || text === '..' || text === 'all' || text === 'default') return false;
  return !/[^!-~]|[/:%]/.test(text) && (readInteger(text) ?? -1n) < 0n;
}

export function isEnvironmentName(text: string): boolean {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(text);
}

/** env_value_is_valid(): no control characters but tab and newline. */
export function isEnvironmentAssignment(text: string): boolean {
  const equals = text.indexOf('=');
  return equals > 0 && isEnvironmentName(text.slice(0, equals));
}

/** fdname_is_valid() */
export function isDescriptorName(text: string): boolean {
  return text.length > 0 && text.length <= 255 && /^[ -9;-~]+$/.test(text);
}
