/** What error_page puts in an error's place: ngx_http_error_page() and ngx_http_send_error_page(). */
import type { Block, Directive } from './blocks.js';
import { inForce } from './inheritance.js';

export interface ErrorPage {
  readonly by: Directive;
  readonly target: string;
  /** What follows the equals sign: the status that is sent instead, empty where what answers decides. */
  readonly overwrite: string | undefined;
}

export function errorPageFor(block: Block, status: number): ErrorPage | undefined {
  for (const by of inForce(block, 'error_page').directives) {
    const codes = by.args.slice(0, -1);
    const overwrite = codes[codes.length - 1]?.startsWith('=') ? codes.pop()!.slice(1) : undefined;
    if (codes.includes(String(status))) return { by, target: by.args[by.args.length - 1]!, overwrite };
  }
  return undefined;
}

/** The status with which an error page that is a URL is told. */
export function redirectStatus(overwrite: string | undefined): number {
  const asked = overwrite ? Number(overwrite) : 302;
  return [301, 302, 303, 307, 308].includes(asked) ? asked : 302;
}
