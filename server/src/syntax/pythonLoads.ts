/** Names that a Python module looks up whenever it is imported, and what ends the import. */
import type { Node } from 'web-tree-sitter';

export interface PyLoad {
  readonly name: string;
  readonly start: number;
  readonly end: number;
}

/** Names that Python itself brings: builtins of 3.9 to 3.14, and what site adds. */
const BUILTINS = new Set(
  'abs aiter all anext any ascii bin bool breakpoint bytearray bytes callable chr classmethod compile complex delattr dict dir divmod enumerate eval exec filter float format frozenset getattr globals hasattr hash help hex id input int isinstance issubclass iter len list locals map max memoryview min next object oct open ord pow print property range repr reversed round set setattr slice sorted staticmethod str sum super tuple type vars zip copyright credits exit license quit Ellipsis NotImplemented ArithmeticError AssertionError AttributeError BaseException BaseExceptionGroup BlockingIOError BrokenPipeError BufferError BytesWarning ChildProcessError ConnectionAbortedError ConnectionError ConnectionRefusedError ConnectionResetError DeprecationWarning EOFError EncodingWarning EnvironmentError Exception ExceptionGroup FileExistsError FileNotFoundError FloatingPointError FutureWarning GeneratorExit IOError ImportError ImportWarning IndentationError IndexError InterruptedError IsADirectoryError KeyError KeyboardInterrupt LookupError MemoryError ModuleNotFoundError NameError NotADirectoryError NotImplementedError OSError OverflowError PendingDeprecationWarning PermissionError ProcessLookupError PythonFinalizationError RecursionError ReferenceError ResourceWarning RuntimeError RuntimeWarning StopAsyncIteration StopIteration SyntaxError SyntaxWarning SystemError SystemExit TabError TimeoutError TypeError UnboundLocalError UnicodeDecodeError UnicodeEncodeError UnicodeError UnicodeTranslateError UnicodeWarning UserWarning ValueError Warning WindowsError ZeroDivisionError reveal_type reveal_locals'.split(
    ' ',
  ),
);

/** Scopes of their own, and what may not be evaluated at all. */
const ELSEWHERE =
  /^(?:lambda|.*comprehension|generator_expression|conditional_expression|boolean_operator|type|parameters|named_expression)$/;

/**
 * Names that a statement of the top level evaluates for certain and that are in none of `bound`. Offsets in UTF-16 units.
 * What stands in functions, comprehensions and behind `and`, `or` and `if` may never be evaluated.
 */
export function unboundIn(statement: Node, bound: ReadonlySet<string>): PyLoad[] {
  return evaluated(statement).flatMap((part) =>
    [part, ...part.descendantsOfType('identifier')].flatMap((it): PyLoad[] => {
      if (it?.type !== 'identifier') return [];
      const name = it.text;
      if (bound.has(name) || BUILTINS.has(name) || name.startsWith('_') || !isLoaded(it, part)) return [];
      return [{ name, start: it.startIndex, end: it.endIndex }];
    }),
  );
}

/** The expressions of a statement that run when its module is imported. */
function evaluated(statement: Node): Node[] {
  const present = (nodes: readonly (Node | null)[]) => nodes.filter((it): it is Node => it !== null);
  switch (statement.type) {
    case 'expression_statement':
      return present(statement.namedChildren).flatMap((it) => {
        if (it.type !== 'assignment')
          return it.type === 'augmented_assignment' ? present([it.childForFieldName('right')]) : [it];
        const right = it.childForFieldName('right');
        return right?.type === 'assignment' ? [] : present([right]);
      });
    case 'class_definition':
      return present([statement.childForFieldName('superclasses')]);
    case 'decorated_definition':
      return present(statement.namedChildren).filter((it) => it.type === 'decorator');
    default:
      return [];
  }
}

function isLoaded(identifier: Node, within: Node): boolean {
  const above = identifier.parent;
  if (above?.type === 'attribute' && above.childForFieldName('object')?.id !== identifier.id) return false;
  if (above?.type === 'keyword_argument' && above.childForFieldName('name')?.id === identifier.id) return false;
  for (let at: Node | null = identifier; at; at = at.parent) {
    if (ELSEWHERE.test(at.type)) return false;
    if (at.id === within.id) return true;
  }
  return true;
}
