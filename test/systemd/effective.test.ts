/**
 * The effective surroundings of a service. The cases of environment files follow src/test/test-env-file.c and
 * parse_env_file_internal() of systemd; those of `$VAR` follow systemd.service(5), "Command lines".
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { fileOf } from '../../server/src/base/place.js';
import { parseCommandLine } from '../../server/src/systemd/commandLine.js';
import { argumentsOf } from '../../server/src/systemd/effective/commandWords.js';
import { environmentOf } from '../../server/src/systemd/effective/environment.js';
import { parseEnvironmentFile } from '../../server/src/systemd/effective/environmentFile.js';
import { ownDirectories, umaskOf, userOf, workingDirectoryOf } from '../../server/src/systemd/effective/processes.js';
import { settingOf } from '../../server/src/systemd/unit.js';
import { grammars, load } from '../fixture/deployment.js';

beforeAll(grammars);

const pairs = (text: string) => parseEnvironmentFile(text).map((it) => `${it.name}=${it.value}`);

describe('environment files', () => {
  it.each([
    ['a=a\na=b\na=c', ['a=a', 'a=b', 'a=c']],
    ['a=a\\\n b', ['a=a b']],
    ['a="x\\\ny" \nb = c d  ', ['a=xy', 'b=c d']],
    ['a=\'b\\c\'"d\\$\\n"e', ['a=b\\cd$\\ne']],
    ['# a=b\n;c=d\ne=f # g', ['e=f # g']],
    ['nothing\nexport A=b\nB=', ['export A=b', 'B=']],
    ['a=\\"b\\ \\\\', ['a="b \\']],
    ['a=b\r\nc=d\r\n', ['a=b', 'c=d']],
    ['a="unclosed\nb=c', ['a=unclosed\nb=c']],
  ])('%j', (text, expected) => {
    expect(pairs(text)).toEqual(expected);
  });

  it('says where an assignment stands', () => {
    const text = '# x\n A="b c" \n';
    const [found] = parseEnvironmentFile(text);
    expect(text.slice(found!.start, found!.end)).toBe('A="b c"');
  });
});

describe('a service', () => {
  const loaded = () =>
    load({
      files: [
        {
          path: 'etc/systemd/system/app@.service',
          attributes: {},
          text: '[Service]\nEnvironment="A=1 2" B=b %i=x C=%H\nPassEnvironment=D\nEnvironmentFile=/etc/app.env\nUser=app\nUMask=0077\nRuntimeDirectory=app:link other/%i\nRuntimeDirectoryMode=0750\nWorkingDirectory=-/srv\nExecStart=/bin/x $A ${A} x${B}y $NONE $$A $B/c $C\n',
        },
        {
          path: 'etc/systemd/system/app@.service.d/a.conf',
          attributes: {},
          text: '[Service]\nUnsetEnvironment=E\nUser=web\n',
        },
        { path: 'etc/app.env', attributes: {}, text: 'B=file\nE=e\n' },
      ],
      absent: [],
    });

  it('has variables, arguments, a user and folders, each with its origin', () => {
    const { unit, environment } = loaded().settle((snapshot) => {
      const [first] = snapshot.units;
      return { unit: first, environment: first && environmentOf(first, snapshot.host) };
    });
    const seen = [...environment!.variables.values()].map((it) => `${it.name}=${it.value} ${it.file?.path ?? ''}`);
    expect(environment!.complete).toBe(true);
    expect(seen).toEqual(['A=1 2 ', 'B=file /etc/app.env']);
    expect([...environment!.unsure].sort()).toEqual(['C', 'D']);
    const line = settingOf(unit!, 'Service', 'ExecStart')!.entry.value;
    const words = argumentsOf(parseCommandLine(line).commands[0]!, unit!.name, environment!);
    expect(words.map((it) => it.text)).toEqual(['1', '2', '1 2', 'xfiley', '$A', undefined]);
    expect(userOf(unit!).value).toBe('web');
    expect(fileOf(userOf(unit!).at!)).toContain('a.conf');
    expect(umaskOf(unit!).value).toBe(0o077);
    expect(workingDirectoryOf(unit!)).toMatchObject({ value: '/srv', optional: true, isHome: false });
    // The instance of a template is not known.
    expect(ownDirectories(unit!).map((it) => [it.path, it.mode])).toEqual([['/run/app', 0o750]]);
  });
});
