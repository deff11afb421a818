/**
 * nginx's configuration language, as ngx_conf_read_token() reads it.
 * The grammar is total: what is wrong in a file is a node of its own (missing_semicolon, stray_close, ...), never ERROR.
 */
export default grammar({
  name: 'nginx',
  externals: ($) => [$.quoted_string, $.unterminated_string, $.lua_body, $.missing_semicolon, $.missing_brace],
  extras: ($) => [/[ \t\r\n]+/, $.comment],
  rules: {
    source_file: ($) => repeat(choice($._item, alias('}', $.stray_close))),
    _item: ($) =>
      choice($.simple_directive, $.block_directive, $.lua_directive, $.anonymous_block, alias(';', $.stray_semicolon)),
    simple_directive: ($) => seq($._words, choice(';', $.missing_semicolon)),
    block_directive: ($) => seq($._words, '{', repeat($._item), choice('}', $.missing_brace)),
    anonymous_block: ($) => seq('{', repeat($._item), choice('}', $.missing_brace)),
    lua_directive: ($) =>
      seq(field('name', $.lua_name), repeat($._word), '{', optional($.lua_body), choice('}', $.missing_brace)),
    _words: ($) => seq(field('name', $._word), repeat(choice($._word, alias($.lua_name, $.word)))),
    _word: ($) => choice($.word, $.quoted_string, $.unterminated_string),
    // A dollar takes any number of braces into the word: ${name}.
    word: () =>
      token(
        seq(choice(/[^ \t\r\n;{}"'#\\$]/, /\\[\s\S]/, /\$\{*/), repeat(choice(/[^ \t\r\n;{\\$]/, /\\[\s\S]/, /\$\{*/))),
      ),
    lua_name: () => token(prec(1, /[a-z_]+_by_lua_block/)),
    comment: () => /#[^\n]*/,
  },
});
