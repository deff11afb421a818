/**
 * systemd's ini dialect, as config_parse() in src/shared/conf-parser.c reads it: the scanner decides line by line.
 * The grammar is total: what is wrong in a file is a node of its own (junk_line, bad_section_header), never ERROR.
 */
export default grammar({
  name: 'systemd',
  externals: ($) => [$.section_header, $.bad_section_header, $.comment, $.key, $.value, $.empty_key_line, $.junk_line],
  extras: () => [/[ \t\r\n\v\f]+/],
  rules: {
    source_file: ($) => seq(repeat($._entry), repeat($.section)),
    section: ($) => seq(choice($.section_header, $.bad_section_header), repeat($._entry)),
    _entry: ($) => choice($.assignment, $.comment, $.empty_key_line, $.junk_line),
    assignment: ($) => seq(field('key', $.key), '=', optional(field('value', $.value))),
  },
});
