/** What keeps a module from being imported, as a sentence without its stop. */
import type { ImportFault } from './importFaults.js';

/** Names the file, and what is missing in it. */
export function importFaultText({ fault, file, missing, within }: ImportFault): string {
  switch (fault) {
    case 'syntax':
      return `Python cannot read ${file.path} from line ${file.module.error?.line ?? 1} on`;
    case 'module':
    case 'name':
      return `${file.path} imports ${missing}, which is not in ${within}`;
    case 'package':
      return `${file.path} needs ${missing}, which is not installed in ${within}`;
    case 'unlisted':
      return `${file.path} needs ${missing}, which ${within} does not list`;
    case 'relative':
      return `${file.path} imports ${missing}, which is above the top of its packages`;
    case 'variable':
      return `${file.path} needs the variable ${missing} of the environment`;
    case 'undefined':
      return `nothing defines ${missing}, which ${file.path} uses`;
    case 'file':
      return `${file.path} opens ${missing}, and there is no ${within}`;
    case 'closed':
      return `${file.path} reads ${missing}, which ${within} may not`;
    case 'refused':
      return `${file.path} writes ${missing}, which ${within} may not`;
    default:
      return `${file.path} stops at ${missing} whenever it is imported`;
  }
}
