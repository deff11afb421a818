/** What has to be done before systemd takes notice of a unit file that was saved. */

/** The folders of systemd.unit(5) that systemd loads units from, of the system and of users. */
const LOADED =
  /^(?:(?:\/etc|\/run|\/usr\/lib|\/usr\/local\/lib|\/lib)\/systemd\/(system|user)|\/(?:home\/[^/]+|root)\/\.config\/systemd\/(user))\/([^/]+)(?:\/[^/]+\.conf)?$/;

const UNIT = /^([^/@]+@?)([^/]*)\.(service|socket|timer|path|mount|automount|swap|slice|target)(?:\.d)?$/;

/**
 * @param path of a file of this machine: a unit, or a drop-in of one.
 * @returns the unit that it belongs to and what to say; undefined where systemd reads no unit from there.
 */
export function reloadHint(path: string): { readonly unit: string; readonly text: string } | undefined {
  const [, system, , folder] = LOADED.exec(path) ?? [];
  const [, prefix, instance, type] = UNIT.exec(folder ?? '') ?? [];
  if (prefix === undefined) return undefined;
  const unit = `${prefix}${instance}.${type}`;
  const control = system === 'system' ? 'systemctl' : 'systemctl --user';
  // Of a template the instances are what runs.
  const running = prefix.endsWith('@') && instance === '' ? `'${prefix}*.${type}'` : unit;
  const then = type === 'slice' || type === 'target' ? '' : `, then "${control} restart ${running}"`;
  return { unit, text: `systemd goes on with ${unit} as it was until "${control} daemon-reload"${then}.` };
}
