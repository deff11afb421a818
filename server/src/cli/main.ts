/** The command line. Each command is loaded when it is called, so that `check` does not pay for the others. */
import { Command, InvalidArgumentError, Option } from 'commander';
import { runCheck } from './check.js';
import { runDebug } from './debug.js';
import { runExplain } from './explain.js';
import { runSecurity } from './security.js';

declare const THROUGHLINE_VERSION: string | undefined;

const program = new Command();
program
  .name('throughline')
  .description(
    'Reads a deployment of nginx, systemd and gunicorn as one line and says what will fail before the reload.',
  )
  .version(typeof THROUGHLINE_VERSION === 'string' ? THROUGHLINE_VERSION : '0.0.0')
  // Usage errors mean that nothing could be checked: exit 2, not 1.
  .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2));

program
  .command('check')
  .description('diagnose files, folders or a whole host')
  .argument('[path...]', 'files or folders; everything under the root if none is given')
  .option('--root <dir>', "this directory is the host's /")
  .option(
    '--nginx-version <version>',
    'judge by this nginx, such as 1.22; default: the installed one for its own files, else the newest',
  )
  .option(
    '--nginx-module <name>',
    'a module or directive that nginx has beside those that are known; may be given several times',
    (name: string, before: readonly string[]) => [...before, name],
    [],
  )
  .option(
    '--systemd-version <version>',
    'judge by this systemd, such as 252; default: the installed one for its own files, else the newest',
  )
  .option('--pedantic', 'also give advice of which people in the know think differently')
  .addOption(new Option('--format <format>', 'how to print').choices(['pretty', 'json']).default('pretty'))
  .addOption(
    new Option('--fail-on <severity>', 'exit with 1 from this severity on')
      .choices(['error', 'warning', 'information'])
      .default('error'),
  )
  .addOption(
    new Option('--as <language>', 'read the files as this language, whatever their names').choices([
      'nginx',
      'systemd',
    ]),
  )
  .action(async (paths: string[], options) => {
    // Ending at once would cut off what a pipe has not taken yet.
    process.exitCode = await runCheck(paths, options);
  });

program
  .command('explain')
  .description('say what a request will meet, from the server block to the app, and what the client will get')
  .argument('<url>', 'such as http://example.com/static/app.css')
  .option('--root <dir>', "this directory is the host's /")
  .option('--method <method>', 'of the request', 'GET')
  .option(
    '--address <address>',
    'where the request arrives, such as 192.0.2.1:80; default: any address, port of the URL',
  )
  .option('--client <address>', 'the address of the client', '127.0.0.1')
  .option('--body-size <size>', 'what the client sends, such as 2m')
  .addOption(new Option('--format <format>', 'how to print').choices(['pretty', 'json']).default('pretty'))
  .action(async (url: string, options) => {
    process.exitCode = await runExplain(url, options);
  });

program
  .command('security')
  .description('rate how exposed a service is, as systemd-analyze security does, and say what would lower it')
  .argument('<unit>', 'name or file of a service')
  .option('--root <dir>', "this directory is the host's /")
  .option(
    '--systemd-version <version>',
    'rate as this systemd, such as 252; default: the installed one for its own files, else the newest',
  )
  .addOption(new Option('--format <format>', 'how to print').choices(['pretty', 'json']).default('pretty'))
  .action(async (unit: string, options) => {
    process.exitCode = await runSecurity(unit, options);
  });

program
  .command('debug')
  .description('print what one floor of the analysis sees')
  .argument('<view>', 'tree, nginx, unit or deployment', (value: string) => {
    if (['tree', 'nginx', 'unit', 'deployment'].includes(value)) return value;
    throw new InvalidArgumentError('views are tree, nginx, unit and deployment');
  })
  .argument('<file>', 'a configuration file')
  .option('--root <dir>', "this directory is the host's /")
  .addOption(new Option('--as <language>', 'read the file as this language').choices(['nginx', 'systemd']))
  .action(async (view, file, options) => {
    process.exitCode = await runDebug(view, file, options);
  });

program
  .command('lsp')
  .description('start the language server')
  .option('--stdio', 'speak over standard input and output')
  // A bundle of its own, so that no other command loads the protocol.
  .action(() => void require('./server.cjs'));

void program.parseAsync();
