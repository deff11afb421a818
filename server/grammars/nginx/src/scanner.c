// The parts of nginx's language that no regular expression cuts: quotes that may be forgotten, Lua, and what is missing.
#include "tree_sitter/parser.h"

enum Token { QUOTED, UNTERMINATED, LUA_BODY, MISSING_SEMICOLON, MISSING_BRACE };

void *tree_sitter_nginx_external_scanner_create(void) { return 0; }
void tree_sitter_nginx_external_scanner_destroy(void *payload) { (void)payload; }
unsigned tree_sitter_nginx_external_scanner_serialize(void *payload, char *buffer) { (void)payload; (void)buffer; return 0; }
void tree_sitter_nginx_external_scanner_deserialize(void *payload, const char *buffer, unsigned length) { (void)payload; (void)buffer; (void)length; }

static bool blank(int32_t c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

static void next(TSLexer *lexer) { lexer->advance(lexer, false); }

// A string closes at the next quote of its kind. Without one, or when the one on a later line is followed by something
// that nginx refuses there, the quote was forgotten: the string ends with its line, before what ends the directive.
static bool scan_string(TSLexer *lexer) {
  int32_t quote = lexer->lookahead;
  next(lexer);
  lexer->mark_end(lexer);
  bool first_line = true;
  // How the first line ends: 0 text, 1 blanks after text, 2 "{" after blanks, 3 ";", each followed by blanks only.
  int tail = 0;
  while (!lexer->eof(lexer)) {
    int32_t c = lexer->lookahead;
    if (c == quote) {
      next(lexer);
      int32_t after = lexer->lookahead;
      if (first_line || lexer->eof(lexer) || blank(after) || after == ';' || after == '{' || after == ')') {
        lexer->mark_end(lexer);
        lexer->result_symbol = QUOTED;
        return true;
      }
      break;
    }
    if (c == '\n') first_line = false;
    if (c == '\\') {
      next(lexer);
      if (first_line && lexer->lookahead != '\n') {
        if (lexer->eof(lexer)) break;
        next(lexer);
        lexer->mark_end(lexer);
        tail = 0;
        continue;
      }
      if (first_line) { lexer->mark_end(lexer); first_line = false; }
      if (!lexer->eof(lexer)) next(lexer);
      continue;
    }
    next(lexer);
    if (!first_line) continue;
    if (c == ' ' || c == '\t' || c == '\r') {
      if (tail == 0) tail = 1;
    } else if (c == ';' && tail <= 1) {
      tail = 3;
    } else if (c == '{' && tail == 1) {
      tail = 2;
    } else {
      lexer->mark_end(lexer);
      tail = 0;
    }
  }
  lexer->result_symbol = UNTERMINATED;
  return true;
}

// After "[" : the level of a long bracket, or -1. Advances over "=" and the second "[" only when there is one.
static int long_bracket(TSLexer *lexer) {
  int level = 0;
  while (lexer->lookahead == '=') { level++; next(lexer); }
  if (lexer->lookahead != '[') return -1;
  next(lexer);
  return level;
}

static void skip_long(TSLexer *lexer, int level) {
  while (!lexer->eof(lexer)) {
    if (lexer->lookahead != ']') { next(lexer); continue; }
    next(lexer);
    int found = 0;
    while (lexer->lookahead == '=') { found++; next(lexer); }
    if (found == level && lexer->lookahead == ']') { next(lexer); return; }
  }
}

static void skip_lua_string(TSLexer *lexer, int32_t quote) {
  next(lexer);
  while (!lexer->eof(lexer) && lexer->lookahead != quote && lexer->lookahead != '\n') {
    if (lexer->lookahead == '\\') next(lexer);
    if (!lexer->eof(lexer)) next(lexer);
  }
  if (lexer->lookahead == quote) next(lexer);
}

// Raw Lua up to the brace that closes the block; strings and comments may hold braces that do not count.
static bool scan_lua(TSLexer *lexer) {
  int depth = 0;
  bool any = false;
  while (!lexer->eof(lexer)) {
    int32_t c = lexer->lookahead;
    if (c == '}') {
      if (depth == 0) break;
      depth--;
      next(lexer);
    } else if (c == '{') {
      depth++;
      next(lexer);
    } else if (c == '"' || c == '\'') {
      skip_lua_string(lexer, c);
    } else if (c == '[') {
      next(lexer);
      int level = long_bracket(lexer);
      if (level >= 0) skip_long(lexer, level);
    } else if (c == '-') {
      next(lexer);
      if (lexer->lookahead != '-') { any = true; continue; }
      next(lexer);
      if (lexer->lookahead == '[') {
        next(lexer);
        int level = long_bracket(lexer);
        if (level >= 0) { skip_long(lexer, level); any = true; continue; }
      }
      while (!lexer->eof(lexer) && lexer->lookahead != '\n') next(lexer);
    } else {
      next(lexer);
    }
    any = true;
  }
  lexer->mark_end(lexer);
  lexer->result_symbol = LUA_BODY;
  return any;
}

bool tree_sitter_nginx_external_scanner_scan(void *payload, TSLexer *lexer, const bool *valid) {
  (void)payload;
  if (valid[LUA_BODY] && !valid[QUOTED]) {
    while (blank(lexer->lookahead)) lexer->advance(lexer, true);
    if (scan_lua(lexer)) return true;
    if (valid[MISSING_BRACE] && lexer->eof(lexer)) { lexer->result_symbol = MISSING_BRACE; return true; }
    return false;
  }
  // Zero-width tokens end where the text before them ends, so blanks before them are not theirs.
  lexer->mark_end(lexer);
  while (blank(lexer->lookahead)) lexer->advance(lexer, true);
  if (lexer->eof(lexer) || lexer->lookahead == '}') {
    if (valid[MISSING_SEMICOLON]) { lexer->result_symbol = MISSING_SEMICOLON; return true; }
    if (valid[MISSING_BRACE] && lexer->eof(lexer)) { lexer->result_symbol = MISSING_BRACE; return true; }
    return false;
  }
  if ((valid[QUOTED] || valid[UNTERMINATED]) && (lexer->lookahead == '"' || lexer->lookahead == '\'')) return scan_string(lexer);
  return false;
}
