// systemd reads line by line, so the scanner does too: each token is a line, or the key or value of one.
#include "tree_sitter/parser.h"

enum Token { SECTION_HEADER, BAD_SECTION_HEADER, COMMENT, KEY, VALUE, EMPTY_KEY_LINE, JUNK_LINE };

void *tree_sitter_systemd_external_scanner_create(void) { return 0; }
void tree_sitter_systemd_external_scanner_destroy(void *payload) { (void)payload; }
unsigned tree_sitter_systemd_external_scanner_serialize(void *payload, char *buffer) { (void)payload; (void)buffer; return 0; }
void tree_sitter_systemd_external_scanner_deserialize(void *payload, const char *buffer, unsigned length) { (void)payload; (void)buffer; (void)length; }

static bool blank(int32_t c) { return c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f'; }

static void next(TSLexer *lexer) { lexer->advance(lexer, false); }

static bool line_ends(TSLexer *lexer) { return lexer->lookahead == '\n' || lexer->eof(lexer); }

// To the end of the line; the token ends with its last character that is not blank. Says whether the line runs on.
static bool scan_line(TSLexer *lexer, int32_t *last) {
  bool escaped = false;
  *last = 0;
  while (!line_ends(lexer)) {
    int32_t c = lexer->lookahead;
    next(lexer);
    // CRLF: the CR belongs to the line end, so a backslash before it continues the line.
    if (c == '\r' && line_ends(lexer)) break;
    escaped = c == '\\' && !escaped;
    if (!blank(c)) {
      *last = c;
      lexer->mark_end(lexer);
    }
  }
  return escaped;
}

// A value runs on while its lines end with a backslash. Comment lines in between are skipped, whatever they end with.
static void scan_value(TSLexer *lexer) {
  int32_t last;
  bool runs_on = scan_line(lexer, &last);
  while (runs_on && lexer->lookahead == '\n') {
    next(lexer);
    while (blank(lexer->lookahead)) next(lexer);
    if (lexer->lookahead == '#' || lexer->lookahead == ';') {
      // Only a later line makes the comment part of the value.
      while (!line_ends(lexer)) next(lexer);
      continue;
    }
    runs_on = scan_line(lexer, &last);
  }
}

bool tree_sitter_systemd_external_scanner_scan(void *payload, TSLexer *lexer, const bool *valid) {
  (void)payload;
  if (valid[VALUE]) {
    while (blank(lexer->lookahead)) lexer->advance(lexer, true);
    if (!line_ends(lexer)) {
      scan_value(lexer);
      lexer->result_symbol = VALUE;
      return true;
    }
  }
  if (!valid[KEY]) return false;
  while (blank(lexer->lookahead) || lexer->lookahead == '\n') lexer->advance(lexer, true);
  if (lexer->eof(lexer)) return false;
  int32_t first = lexer->lookahead;
  int32_t last;
  if (first == '#' || first == ';') {
    scan_line(lexer, &last);
    lexer->result_symbol = COMMENT;
    return true;
  }
  if (first == '[') {
    scan_line(lexer, &last);
    lexer->result_symbol = last == ']' ? SECTION_HEADER : BAD_SECTION_HEADER;
    return true;
  }
  if (first == '=') {
    scan_line(lexer, &last);
    lexer->result_symbol = EMPTY_KEY_LINE;
    return true;
  }
  while (!line_ends(lexer) && lexer->lookahead != '=') {
    int32_t c = lexer->lookahead;
    next(lexer);
    if (!blank(c)) lexer->mark_end(lexer);
  }
  lexer->result_symbol = lexer->lookahead == '=' ? KEY : JUNK_LINE;
  return true;
}
