/**
 * The tables of directives inside nginx's program and its modules (arrays of `ngx_command_t`): each directive's name with
 * the contexts and argument counts that ngx_conf_handler() holds it to. Read from the ELF files; nothing is run.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { NginxContext } from '../../server/src/catalog/nginx.js';

export interface Command {
  readonly name: string;
  /** File name of the module, or `nginx`. */
  readonly file: string;
  readonly contexts: readonly NginxContext[];
  /** Argument counts from 0 to 7 that are taken. */
  readonly counts: readonly number[];
  readonly block: boolean;
}

/** Bits of `cmd->type`, from src/core/ngx_conf_file.h and src/http/ngx_http_config.h and their like. */
const FAMILIES = {
  http: ['http', 'server', 'location', 'upstream', 'sif', 'lif', 'limit_except'],
  stream: ['stream', 'stream-server', 'stream-upstream'],
  mail: ['mail', 'mail-server'],
  rtmp: ['rtmp', 'rtmp-server', 'rtmp-application', 'rtmp-recorder'],
} as const;

const [BLOCK, FLAG, ANY, ONE_MORE, TWO_MORE, MAIN] = [0x100, 0x200, 0x400, 0x800, 0x1000, 0x1000000];

function familyOf(file: string): keyof typeof FAMILIES {
  if (/^ngx_stream/.test(file)) return 'stream';
  if (/^ngx_mail/.test(file)) return 'mail';
  return /^ngx_rtmp/.test(file) ? 'rtmp' : 'http';
}

/** All directives of the nginx and the modules below `root`, by file. */
export function commandsOf(root: string): Command[] {
  const modules = join(root, 'usr/lib/nginx/modules');
  const files = [join(root, 'usr/sbin/nginx'), ...readdirSync(modules).map((it) => join(modules, it))];
  return files.flatMap((path) =>
    tableOf(readFileSync(path)).map(({ name, type }) => ({ file: basename(path), ...read(name, type, path) })),
  );
}

function read(name: string, type: number, path: string): Omit<Command, 'file'> {
  const family = FAMILIES[familyOf(basename(path))];
  const contexts: NginxContext[] = family.filter((_, i) => (type >>> 25) & (1 << i));
  if (type & MAIN) contexts.unshift('main');
  const from = (least: number) => [0, 1, 2, 3, 4, 5, 6, 7].filter((it) => it >= least);
  let counts = [0, 1, 2, 3, 4, 5, 6, 7].filter((it) => type & (1 << it));
  if (type & ANY) counts = from(0);
  else if (type & FLAG) counts = [1];
  else if (type & ONE_MORE) counts = from(1);
  else if (type & TWO_MORE) counts = from(2);
  return { name, contexts, counts, block: (type & BLOCK) !== 0 };
}

interface Section {
  readonly type: number;
  readonly address: bigint;
  readonly offset: bigint;
  readonly size: bigint;
}

/** SHT_RELA, SHT_NOBITS and the relocation that puts an address of the file itself: R_X86_64_RELATIVE, R_AARCH64_RELATIVE. */
const [RELA, NOBITS, RELATIVE] = [4, 8, [8n, 1027n]];

/**
 * Finds `{ ngx_str_t name; ngx_uint_t type; char *(*set)(); ... }`: a length, a pointer to that many characters and a
 * zero, bits of which at least one is a context, and a pointer to a function.
 */
function tableOf(elf: Buffer): { name: string; type: number }[] {
  const sections = sectionsOf(elf);
  const at = (address: bigint): number | undefined => {
    const it = sections.find(
      (one) => one.address > 0n && one.type !== NOBITS && one.address <= address && address < one.address + one.size,
    );
    return it && Number(address - it.address + it.offset);
  };
  const pointers = new Map<bigint, bigint | undefined>();
  for (const { type, offset, size } of sections) {
    if (type !== RELA) continue;
    for (let i = Number(offset); i < Number(offset + size); i += 24) {
      const kind = elf.readBigUInt64LE(i + 8) & 0xffffffffn;
      pointers.set(elf.readBigUInt64LE(i), RELATIVE.includes(kind) ? elf.readBigUInt64LE(i + 16) : undefined);
    }
  }
  const found: { name: string; type: number }[] = [];
  for (const [place, target] of pointers) {
    const here = at(place);
    const text = target === undefined ? undefined : at(target);
    if (here === undefined || here < 8 || text === undefined || !pointers.has(place + 16n)) continue;
    const length = Number(elf.readBigUInt64LE(here - 8));
    const type = elf.readBigUInt64LE(here + 8);
    if (length < 2 || length > 60 || type > 0xffffffffn || type < 0x1000000n || elf[text + length] !== 0) continue;
    const name = elf.toString('latin1', text, text + length);
    if (/^[a-z][a-z0-9_]*$/.test(name)) found.push({ name, type: Number(type) });
  }
  return found;
}

function sectionsOf(elf: Buffer): Section[] {
  const start = Number(elf.readBigUInt64LE(0x28));
  const [size, count] = [elf.readUInt16LE(0x3a), elf.readUInt16LE(0x3c)];
  return Array.from({ length: count }, (_, i) => {
    const it = start + i * size;
    return {
      type: elf.readUInt32LE(it + 4),
      address: elf.readBigUInt64LE(it + 16),
      offset: elf.readBigUInt64LE(it + 24),
      size: elf.readBigUInt64LE(it + 32),
    };
  });
}
