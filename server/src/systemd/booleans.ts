/** parse_boolean() in src/basic/parse-util.c: the words that systemd takes for yes. */
export function isOn(value: string | undefined): boolean {
  return value !== undefined && ['1', 'yes', 'y', 'true', 't', 'on'].includes(value.toLowerCase());
}
