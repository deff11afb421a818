/** What every suite that runs deployments has in common: the URL that is asked, what counts as predicted, several at a time. */
import type { Explanation } from '../../server/src/features/explain/explain.js';
import type { Asked } from './tree.js';

export const urlOf = ({ scheme = 'http', host = 'localhost', port, path }: Asked): string =>
  `${scheme}://${host}${port === undefined ? '' : `:${port}`}${path}`;

/** Where nobody answers nothing can be predicted but that. */
export const agrees = (got: number | string | undefined, predicted: Explanation['answer'] | undefined): boolean =>
  typeof got === 'number' ? got === predicted?.status : predicted?.kind === 'unknown' && got !== undefined;

/** Does so many at a time: most of a deployment's life is waiting. In the order in which they end. */
export async function severalAtATime<T, R>(
  of: readonly T[],
  abreast: number,
  one: (it: T) => Promise<R>,
): Promise<R[]> {
  const found: R[] = [];
  const rest = [...of];
  const worker = async () => {
    for (let it = rest.shift(); it; it = rest.shift()) found.push(await one(it));
  };
  await Promise.all(Array.from({ length: abreast }, worker));
  return found;
}
