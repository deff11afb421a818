/** Slips of the hand in any text below /etc. */
import { type Hand, isSettings, isUnit, isWritten, PATH } from './held.js';

const PORTS = ['80', '443', '3000', '5000', '8000', '8001', '8080', '9000'];
const PORT = /(?<=(?:listen(?:_port)?|ListenStream=|-p|--port|PORT=)[ =]?|:)\d{2,5}\b(?!:)/;

export const TEXT_HANDS: readonly Hand[] = [
  {
    name: 'text: digit',
    take: (of) =>
      of.editWord(isWritten, /(?<![\w.])\d+/, (it) => {
        const at = of.next(it.length);
        return it.slice(0, at) + of.next(10) + it.slice(at + 1);
      }),
  },
  { name: 'text: another port', take: (of) => of.editWord(isWritten, PORT, () => of.pick(PORTS)) },
  { name: 'text: letter', take: (of) => of.editWord(isWritten, /[A-Za-z_]{3,}/, (it) => of.misspell(it)) },
  { name: 'text: letter of a path', take: (of) => of.editWord(isWritten, PATH, (it) => of.misspell(it)) },
  {
    name: 'text: part of a path dropped',
    take: (of) =>
      of.editWord(isWritten, PATH, (it) => {
        const parts = it.split('/');
        if (parts.length < 3) return undefined;
        parts.splice(1 + of.next(parts.length - 1), 1);
        return parts.join('/') || '/';
      }),
  },
  {
    name: 'text: part of a path doubled or new',
    take: (of) =>
      of.editWord(isWritten, PATH, (it) => {
        const parts = it.split('/');
        const at = 1 + of.next(parts.length - 1);
        parts.splice(at, 0, of.pick([parts[at]!, 'app', 'current', 'public', 'src'])!);
        return parts.join('/');
      }),
  },
  { name: "text: a neighbour's path", take: (of) => of.editWord(isWritten, PATH, () => of.pick(of.named())) },
  {
    name: 'text: a path that exists',
    take: (of) => of.editWord(isWritten, PATH, () => `/${of.pick(of.places())}`),
  },
  { name: 'text: line lost', take: (of) => of.editLine(isWritten, /\S/, () => []) },
  { name: 'text: line commented out', take: (of) => of.editLine(isWritten, /\S/, (it) => it.replace(/^\s*/, '$&#')) },
  { name: 'text: line twice', take: (of) => of.editLine(isWritten, /\S/, (it) => [it, it]) },
  {
    name: 'text: unix:',
    take: (of) => of.editWord(isWritten, /unix:(?=\/)|(?<==|bind )(?=\/run)/, (it) => (it ? '' : 'unix:')),
  },
  { name: 'text: unit line lost', take: (of) => of.editLine(isUnit, /=/, () => []) },
  { name: 'text: settings line lost', take: (of) => of.editLine(isSettings, /\S/, () => []) },
  { name: 'text: settings letter', take: (of) => of.editWord(isSettings, /[A-Za-z_]{3,}/, (it) => of.misspell(it)) },
];
