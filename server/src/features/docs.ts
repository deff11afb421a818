/** Documentation as plain data, handed to the features that show it; loaded by whoever owns the files. */

export interface NginxDirectiveDocs {
  readonly module: string;
  readonly syntax: readonly string[];
  readonly default: string;
  readonly contexts: readonly string[];
  /** Markdown. */
  readonly description: string;
}

/** nginx's own documentation, as scripts/gen-catalog.mjs takes it from @nginx/reference-lib. */
export interface NginxDocs {
  readonly directives: Readonly<Record<string, readonly NginxDirectiveDocs[]>>;
  /** By name without the dollar. */
  readonly variables: Readonly<Record<string, { readonly module: string; readonly description: string }>>;
}

/** Our texts on systemd's keys: by `Section.Key` where a section has a meaning of its own, else by `Key`. */
export type SystemdDocs = Readonly<Record<string, string>>;

export interface Docs {
  nginx(): NginxDocs | undefined;
  systemd(): SystemdDocs | undefined;
  /** A link that opens an installed manual page, such as `systemd.exec(5)`, at a key; undefined where there is none. */
  manual?(page: string, key: string): string | undefined;
}
