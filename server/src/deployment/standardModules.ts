/** Modules of Python's own library, of 3.9 to 3.14: sys.stdlib_module_names. */

const NAMES =
  'abc aifc antigravity argparse array ast asynchat asyncio asyncore atexit audioop base64 bdb binascii bisect builtins bz2 cProfile calendar cgi cgitb chunk cmath cmd code codecs codeop collections colorsys compileall concurrent configparser contextlib contextvars copy copyreg crypt csv ctypes curses dataclasses datetime dbm decimal difflib dis distutils doctest email encodings ensurepip enum errno faulthandler fcntl filecmp fileinput fnmatch fractions ftplib functools gc genericpath getopt getpass gettext glob graphlib grp gzip hashlib heapq hmac html http idlelib imaplib imghdr imp importlib inspect io ipaddress itertools json keyword lib2to3 linecache locale logging lzma mailbox mailcap marshal math mimetypes mmap modulefinder msilib msvcrt multiprocessing netrc nis nntplib nt ntpath nturl2path numbers opcode operator optparse os ossaudiodev pathlib pdb pickle pickletools pipes pkgutil platform plistlib poplib posix posixpath pprint profile pstats pty pwd py_compile pyclbr pydoc pydoc_data pyexpat queue quopri random re readline reprlib resource rlcompleter runpy sched secrets select selectors shelve shlex shutil signal site smtpd smtplib sndhdr socket socketserver spwd sqlite3 sre_compile sre_constants sre_parse ssl stat statistics string stringprep struct subprocess sunau symtable sys sysconfig syslog tabnanny tarfile telnetlib tempfile termios textwrap this threading time timeit tkinter token tokenize tomllib trace traceback tracemalloc tty turtle turtledemo types typing unicodedata unittest urllib uu uuid venv warnings wave weakref webbrowser winreg winsound wsgiref xdrlib xml xmlrpc zipapp zipfile zipimport zlib zoneinfo compression annotationlib';

let names: ReadonlySet<string> | undefined;

/** Whether a top-level name is that of Python's own library, in some release of today. */
export function isStandardModule(name: string): boolean {
  names ??= new Set(NAMES.split(' '));
  return names.has(name) || name.startsWith('_');
}

/** What the interpreter and a server have loaded before the app's module: no file of the project takes their place. */
const LOADED = new Set(
  'site os sys io abc codecs stat builtins logging socket ssl types time random re struct signal select threading errno inspect importlib traceback tempfile platform copy email urllib datetime string collections functools operator warnings weakref textwrap'.split(
    ' ',
  ),
);

/** Whether a module of that name is Python's own and loaded already. */
export function isLoadedAlready(name: string): boolean {
  return LOADED.has(name);
}
