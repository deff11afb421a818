/** What the documentation says of a directive, a variable or a key, as Markdown. */
import type { NginxDirective } from '../catalog/nginx.js';
import type { UnitKey } from '../catalog/systemd.js';
import type { Docs, NginxDirectiveDocs } from './docs.js';

/** nginx's own text where it is its own directive, else what the catalog knows. */
export function directiveDocumentation(entry: NginxDirective, docs: Docs): string {
  const official = docs.nginx()?.directives[entry.name] ?? [];
  const page = official.find((it) => it.module === entry.module) ?? (entry.thirdParty ? undefined : official[0]);
  return page ? officialText(entry.name, page, entry) : catalogText(entry);
}

/** `effective` stands between the text and the facts: what the key comes to in one unit. */
export function keyDocumentation(key: UnitKey, docs: Docs, effective?: string): string {
  const texts = docs.systemd() ?? {};
  const facts = [
    key.type ? `Value: ${key.type}${key.values ? ` (${key.values.join(', ')})` : ''}` : undefined,
    key.multi ? 'May be given several times.' : undefined,
    key.since ? `Since systemd ${key.since}` : undefined,
    key.removed ? 'Has no effect any more.' : key.deprecated ? 'Deprecated.' : undefined,
  ].filter((it) => it !== undefined);
  const head = `**${key.name}=** in [${key.section}]`;
  const text = texts[`${key.section}.${key.name}`] ?? texts[key.name];
  return [head, text, effective, facts.join('  \n'), key.man && manualLinks(key.man, key.name, docs)]
    .filter(Boolean)
    .join('\n\n');
}

function officialText(name: string, page: NginxDirectiveDocs, { docsUrl, since }: NginxDirective): string {
  const syntax = page.syntax.map((it) => `**${name}** ${it}`).join('  \n');
  const facts = [
    page.default ? `Default: \`${page.default}\`` : undefined,
    `Context: ${page.contexts.join(', ')}`,
    // Records of the first versions are guesses from the sources, and nobody runs those.
    since && !since.startsWith('0.') ? `Since ${since}` : undefined,
  ].filter((it) => it !== undefined);
  const link = docsUrl ? `\n\n[${page.module} on nginx.org](${docsUrl})` : '';
  return `${syntax}\n\n${facts.join('  \n')}\n\n---\n\n${page.description}${link}`;
}

function catalogText(entry: NginxDirective): string {
  const { name, module, contexts, args, docsUrl } = entry;
  const count =
    args.max === null ? `${args.min} or more` : args.min === args.max ? `${args.min}` : `${args.min} to ${args.max}`;
  const origin = entry.commercial ? ', part of NGINX Plus' : entry.thirdParty ? ', a third-party module' : '';
  return [
    `**${name}** of \`${module}\`${origin}`,
    `Arguments: ${args.flag ? '`on` or `off`' : count}  \nContext: ${contexts.join(', ')}`,
    ...(docsUrl ? [`[Documentation](${docsUrl})`] : []),
  ].join('\n\n');
}

/** Undefined for variables that nginx's documentation does not have. */
export function variableDocumentation(name: string, docs: Docs): string | undefined {
  const variables = docs.nginx()?.variables ?? {};
  const family = Object.keys(variables).find(
    (it) => /_(?:name)?$|_$/.test(it) && name.startsWith(it.replace(/name$/, '')),
  );
  const found = variables[name] ?? (family === undefined ? undefined : variables[family]);
  return found && `**$${name}** of \`${found.module}\`\n\n${found.description}`;
}

/** The manual page online, and the installed one where the editor can show it. */
export function manualLinks(man: string, key: string, docs: Docs): string {
  const installed = docs.manual?.(man, key);
  return `${manualLink(man, key)}${installed === undefined ? '' : ` · [as installed here](${installed})`}`;
}

/** A link to the manual page online: `systemd.exec(5)` becomes its page, at the key. */
export function manualLink(man: string, key: string): string {
  const page = man.replace(/\(\d\)$/, '');
  return `[${man}](https://www.freedesktop.org/software/systemd/man/latest/${page}.html${key ? `#${key}=` : ''})`;
}
