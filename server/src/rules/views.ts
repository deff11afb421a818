/** What a rule can ask to see. A rule gets its view and nothing else: no documents, no file system, no settings. */
import type { LineIndex } from '../base/lineIndex.js';
import type { NginxDirective } from '../catalog/nginx.js';
import type { Deployment } from '../deployment/deployment.js';
import type { HostView } from '../host/host.js';
import type { Configuration, Inclusion } from '../nginx/configuration.js';
import type { BodyContext } from '../nginx/contexts.js';
import type { Item, NginxFile } from '../syntax/nginxSyntax.js';
import type { UnitFile } from '../syntax/unitSyntax.js';
import type { UnitFileKind } from '../systemd/unitName.js';

/** One directive in one context that it is read in. Entries of data blocks (map, types, geo) are not shown. */
export interface DirectiveView {
  readonly directive: Item;
  readonly context: BodyContext;
  /** What the catalog knows by this name, in any context; empty for unknown names. */
  readonly entries: readonly NginxDirective[];
  /** The braces of the file do not match, so contexts are guesses. */
  readonly unbalanced: boolean;
}

/** What stands side by side: the directives of a block, or of the top of a file. Data blocks are not shown. */
export interface BodyView {
  readonly items: readonly Item[];
  readonly context: BodyContext;
  /** The block, if it is not the top of a file. */
  readonly owner: Item | undefined;
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
}

export interface Views {
  directive: DirectiveView;
  body: BodyView;
  nginxFile: NginxFileView;
  inclusion: InclusionView;
  unitFile: UnitFileView;
  deployment: Deployment;
}
