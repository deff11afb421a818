"""Reads cases from standard input and prints what gunicorn makes of each: its settings, or that it refuses them."""
import contextlib
import io
import json
import os
import sys

from gunicorn.app.wsgiapp import WSGIApplication

folder = os.getcwd()
# Another config of the same second and length would be taken from the cache.
sys.dont_write_bytecode = True


def refused(cfg):
    cfg.worker_class, cfg.env
    for address in cfg.address:
        # bind() and getaddrinfo() fail for these later on.
        if isinstance(address, tuple) and (address[1] > 65535 or '/' in address[0] or address[0].isdigit()):
            return True
    return False


def outcome(case):
    os.chdir(folder)
    with open('gunicorn.conf.py', 'w') as file:
        file.write(case['config'])
    os.environ.pop('GUNICORN_CMD_ARGS', None)
    if case['variable']:
        os.environ['GUNICORN_CMD_ARGS'] = case['variable']
    sys.argv = ['gunicorn', *case['args']]
    try:
        with contextlib.redirect_stderr(io.StringIO()), contextlib.redirect_stdout(io.StringIO()):
            cfg = WSGIApplication('%(prog)s').cfg
            if refused(cfg):
                return 'refused'
    except (SystemExit, Exception):
        return 'refused'
    return {name: setting.get() for name, setting in cfg.settings.items() if name in case['names']}


print(json.dumps([outcome(it) for it in json.load(sys.stdin)]))
