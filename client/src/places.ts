import { commands, Location, Position, Range, Uri } from 'vscode';

interface Point {
  readonly line: number;
  readonly character: number;
}

/** Shows places that the server has named, as the editor shows references. */
export function showPlaces(
  uri: string,
  at: Point,
  places: readonly { readonly uri: string; readonly range: { readonly start: Point; readonly end: Point } }[],
): Thenable<unknown> {
  const point = (it: Point) => new Position(it.line, it.character);
  return commands.executeCommand(
    'editor.action.showReferences',
    Uri.parse(uri),
    point(at),
    places.map((it) => new Location(Uri.parse(it.uri), new Range(point(it.range.start), point(it.range.end)))),
  );
}
