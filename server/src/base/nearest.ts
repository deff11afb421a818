/** The word somebody probably meant. */

/**
 * The candidate nearest to `word` by edits (insert, delete, replace, swap of neighbours), if it is near enough to be
 * worth a suggestion: at most one edit for words up to four letters, two up to eight, else three.
 */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  const limit = word.length <= 4 ? 1 : word.length <= 8 ? 2 : 3;
  const lower = word.toLowerCase();
  let best: string | undefined;
  let bestDistance = limit + 1;
  for (const candidate of candidates) {
    if (candidate === word || Math.abs(candidate.length - word.length) > limit) continue;
    const distance = editDistance(lower, candidate.toLowerCase(), bestDistance);
    // On a tie the one with the same first letter: people rarely miss the first key.
    if (distance < bestDistance || (distance === bestDistance && best?.[0] !== word[0] && candidate[0] === word[0])) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return bestDistance <= limit ? best : undefined;
}

/** Optimal string alignment distance, cut off at `limit`. */
export function editDistance(a: string, b: string, limit: number): number {
  // What both begin and end with costs nothing; numbered names share all but their numbers.
  let [start, endOfA, endOfB] = [0, a.length, b.length];
  while (start < endOfA && start < endOfB && a.charCodeAt(start) === b.charCodeAt(start)) start++;
  while (endOfA > start && endOfB > start && a.charCodeAt(endOfA - 1) === b.charCodeAt(endOfB - 1)) {
    endOfA--;
    endOfB--;
  }
  const [height, width] = [endOfA - start, endOfB - start];
  if (height === 0 || width === 0) return Math.min(height + width, limit + 1);
  let [before, previous, row] = rows;
  for (let j = 0; j <= width; j++) previous[j] = j;
  for (let i = 1; i <= height; i++) {
    row[0] = i;
    let least = i;
    const letter = a.charCodeAt(start + i - 1);
    for (let j = 1; j <= width; j++) {
      const other = b.charCodeAt(start + j - 1);
      let cost = Math.min(previous[j]! + 1, row[j - 1]! + 1, previous[j - 1]! + (letter === other ? 0 : 1));
      const isSwap = i > 1 && j > 1 && letter === b.charCodeAt(start + j - 2) && a.charCodeAt(start + i - 2) === other;
      if (isSwap) cost = Math.min(cost, before[j - 2]! + 1);
      row[j] = cost;
      if (cost < least) least = cost;
    }
    if (least > limit) return limit + 1;
    [before, previous, row] = [previous, row, before];
  }
  return previous[width]!;
}

/** The last rows of the table, used again for each pair: thousands of candidates are compared while somebody types. */
const rows: [number[], number[], number[]] = [[], [], []];
