/** What a rule can ask to see. A rule gets its view and nothing else: no documents, no file system, no settings. */
import type { LineIndex } from '../base/lineIndex.js';
import type { NginxDirective } from '../catalog/nginx.js';
import type { NginxTarget } from '../catalog/nginxVersion.js';
import type { SystemdTarget } from '../catalog/systemdVersion.js';
import type { Deployment } from '../deployment/deployment.js';
import type { Part, Surroundings } from '../deployment/surroundings.js';
import type { HostView } from '../host/host.js';
import type { Configuration, Inclusion } from '../nginx/configuration.js';
import type { BodyContext } from '../nginx/contexts.js';
import type { Declaration } from '../nginx/declarations.js';
import type { Block } from '../nginx/effective/blocks.js';
import type { Sent } from '../nginx/effective/sends.js';
import type { ServerVariables } from '../nginx/effective/serverVariables.js';
import type { NameUse } from '../nginx/names.js';
import type { Item, NginxFile } from '../syntax/nginxSyntax.js';
import type { UnitFile } from '../syntax/unitSyntax.js';
import type { Unit } from '../systemd/unit.js';
import type { UnitFileKind } from '../systemd/unitName.js';

/** One directive in one context that it is read in. Entries of data blocks (map, types, geo) are not shown. */
export interface DirectiveView {
  readonly directive: Item;
  readonly context: BodyContext;
  /** What the catalog knows by this name in the target's version, in any context; empty for unknown names. */
  readonly entries: readonly NginxDirective[];
  /** Those of them that stand in this context; all of them where it is unknown. */
  readonly here: readonly NginxDirective[];
  readonly target: NginxTarget;
  /** The braces of the file do not match, so contexts are guesses. */
  readonly unbalanced: boolean;
}

/** What stands side by side: the directives of a block, or of the top of a file. Data blocks are not shown. */
export interface BodyView {
  readonly items: readonly Item[];
  readonly context: BodyContext;
  /** The block, if it is not the top of a file. */
  readonly owner: Item | undefined;
  readonly target: NginxTarget;
}

/** What stands in a block of data: map, geo, types and their like. */
export interface EntriesView {
  readonly owner: Item;
  readonly items: readonly Item[];
}

/** The names that a file uses and gives, among those of the whole configuration. */
export interface NamesView {
  readonly uses: readonly NameUse[];
  /** Of the whole configuration, as `nameKey` makes them. */
  readonly defined: ReadonlySet<string>;
  /** Some module may bring variables that are not listed. */
  readonly foreign: boolean;
  /** Whether everything that nginx loads has been read; only then a name that is not there is known to be missing. */
  readonly complete: boolean;
  /** Declarations of this file whose key another one has that nginx reads before. */
  readonly conflicts: readonly { readonly later: Declaration; readonly first: Declaration }[];
}

/** One server of http as nginx has it: includes in their place, what it inherits around it. */
export interface ServerView {
  readonly server: Block;
  readonly target: NginxTarget;
  /** Who answers what the server connects to. */
  readonly around: Surroundings;
}

/** What one server says of where and for whom it answers. */
export interface ServerNames {
  /** Empty where nothing is said. */
  readonly listens: readonly Item[];
  readonly names: readonly Item[];
  readonly server: Item;
  /** What is in force of TLS (ssl_certificate, ssl_reject_handshake, ssl_protocols), and of the table of names. */
  readonly tls: readonly Item[];
  readonly variables: ServerVariables;
  /** Where it sends clients that ask for its names. */
  readonly sends: readonly Sent[];
  /** Its own root, which often is called as the site is. */
  readonly roots: readonly Item[];
  /** Each proxy_pass to this machine that does not say which host was asked for. */
  readonly asks: readonly Item[];
  /** Everything that stands in the server and around it is known. */
  readonly complete: boolean;
}

/** The servers of http, in nginx's order. */
export interface ServersView {
  readonly servers: readonly ServerNames[];
  /** How many servers of http listen on each address. */
  readonly addresses: ReadonlyMap<string, number>;
  /** Variables that http itself makes: map, geo and their kin. In lower case. */
  readonly made: ReadonlySet<string>;
  /** Whether these are all: the main file is known, and each include of http. */
  readonly complete: boolean;
}

/** A file in which something is not well-formed; files without faults are not shown. */
export interface NginxFileView {
  readonly file: NginxFile;
  /** Items without their closing brace or semicolon, and those that should not be there. */
  readonly faults: readonly Item[];
  readonly lines: LineIndex;
}

/** One `include` of the configuration. */
export interface InclusionView {
  readonly inclusion: Inclusion;
  readonly configuration: Configuration;
  readonly host: HostView;
}

/** A unit file or drop-in. */
export interface UnitFileView {
  readonly file: UnitFile;
  readonly kind: UnitFileKind;
  readonly target: SystemdTarget;
}

/** A unit as systemd sees it: its fragment and all of its drop-ins. Masked units are not shown. */
export interface UnitView {
  readonly unit: Unit;
}

/**
 * One part of the deployment: a service, an app, a socket, a listener, a connection, a static root or a file of nginx's.
 * All else is asked of `around`, which keeps book.
 */
export type PartView = Part & { readonly around: Surroundings };

export interface Views {
  directive: DirectiveView;
  body: BodyView;
  entries: EntriesView;
  names: NamesView;
  server: ServerView;
  servers: ServersView;
  nginxFile: NginxFileView;
  inclusion: InclusionView;
  unitFile: UnitFileView;
  unit: UnitView;
  part: PartView;
  deployment: Deployment;
}
