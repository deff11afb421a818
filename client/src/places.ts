import { commands, Location, Position, Range, Uri } from 'vscode';

interface Point {
  readonly line: number;
  readonly character: number;
}

/** Goes to the place that the server has named; of several the editor shows a list, as of references. */
export function showPlaces(
  uri: string,
  at: Point,
  places: readonly { readonly uri: string; readonly range: { readonly start: Point; readonly end: Point } }[],
): Thenable<unknown> {
  const point = (it: Point) => new Position(it.line, it.character);
  return commands.executeCommand(
    'editor.action.goToLocations',
    Uri.parse(uri),
    point(at),
    places.map((it) => new Location(Uri.parse(it.uri), new Range(point(it.range.start), point(it.range.end)))),
    'peek',
  );
}
