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
    simple_directive: ($) => seq(choice($._words, $._lua_words), choice(';', $.missing_semicolon)),
    block_directive: ($) => seq($._words, '{', repeat($._item), choice('}', $.missing_brace)),
    anonymous_block: ($) => seq('{', repeat($._item), choice('}', $.missing_brace)),
    lua_directive: ($) => seq($._lua_words, '{', optional($.lua_body), choice('}', $.missing_brace)),
    _words: ($) => seq(field('name', $._word), repeat($._argument)),
    // Without its brace it is a simple directive like any other.
    _lua_words: ($) => seq(field('name', $.lua_name), repeat($._argument)),
    _argument: ($) => choice($._word, alias($.lua_name, $.word)),
    _word: ($) => choice($.word, $.quoted_string, $.unterminated_string),
    // Before `word`: of two that match the same text the earlier one wins, and a longer match beats both.
    lua_name: () => /[a-z_]+_by_lua_block/,
    // A dollar takes any number of braces into the word: ${name}. A backslash quotes what follows, and may be the last
    // character of the file.
    word: () => {
      const inner = repeat(choice(/[^ \t\r\n;{\\$]/, /\\[\s\S]/, /\$\{*/));
      return token(choice(seq(choice(/[^ \t\r\n;{}"'#\\$]/, /\\[\s\S]/, /\$\{*/), inner, optional('\\')), '\\'));
    },
    comment: () => /#[^\n]*/,
  },
});
