/** What is read of handlers of node's http, against node itself. */
import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { scriptAnswer } from '../../server/src/apps/scriptHandler.js';
import { readScript } from '../../server/src/syntax/scriptReading.js';

const HANDLERS: Readonly<Record<string, string>> = {
  'one answer': `(req, res) => res.end('ok')`,
  'else if': `(req, res) => {
    if (req.url === '/a') { res.writeHead(204); res.end(); }
    else if (req.url === '/b' && req.method === 'POST') { res.statusCode = 201; res.end(); }
    else { res.writeHead(404, { 'Content-Type': 'text/plain' }); res.end('no'); }
  }`,
  'without braces': `function (request, response) {
    if (request.method !== 'GET') return response.writeHead(405).end()
    response.statusCode = request.url.startsWith('/a') ? 200 : 404
    response.end()
  }`,
  'a switch that falls through': `(req, res) => {
    switch (req.url) {
      case '/a':
      case '/b': res.statusCode = 202; break;
      case '/c/d?x=1': res.statusCode = 203; return res.end('c');
      default: res.statusCode = 410;
    }
    res.end();
  }`,
  'the path of a URL': `(req, res) => {
    const { pathname } = new URL(req.url, 'http://localhost');
    const parts = pathname.split('/');
    if (parts[1] === 'c') { res.statusCode = 206; }
    else if (pathname.endsWith('b')) res.statusCode = 207;
    res.end(JSON.stringify({ pathname }));
  }`,
  'when the body is read': `(req, res) => {
    let body = '';
    req.on('data', (chunk) => { body += chunk; });
    req.on('end', () => { res.statusCode = req.method === 'POST' ? 201 : 200; res.end(body); });
  }`,
  'a table of functions': `(req, res) => {
    const a = (q, s) => { s.writeHead(208); s.end(); };
    const pages = { '/a': a, '/b': (q, s) => s.end('b') };
    const page = pages[req.url];
    if (page) return page(req, res);
    res.writeHead(404).end();
  }`,
  'a function further down': `(req, res) => {
    if (req.url !== '/a') return gone(res, 410);
    res.end();
    function gone(to, status) { to.statusCode = status; to.end(); }
  }`,
};
const PATHS = ['/', '/a', '/b', '/c/d?x=1', '/a/../b', '//x'];
const METHODS = ['GET', 'POST', 'OPTIONS'];

const listening = (handler: string): Promise<Server> =>
  new Promise((resolve) => {
    const made = new Function(`return ${handler}`)() as Parameters<typeof createServer>[1];
    const server = createServer(made as never);
    server.listen(0, '127.0.0.1', () => resolve(server));
  });

const asked = (port: number, method: string, path: string): Promise<number | undefined> =>
  new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, method, path, agent: false }, (got) => {
      got.resume();
      resolve(got.statusCode);
    });
    sent.on('error', reject);
    sent.end();
  });

describe('handlers of node', () => {
  it.each(Object.entries(HANDLERS))('%s', async (_, handler) => {
    const script = readScript(`const http = require('http');\nhttp.createServer(${handler}).listen(80);`)!;
    const server = await listening(handler);
    try {
      for (const method of METHODS)
        for (const url of PATHS) {
          const got = await asked((server.address() as AddressInfo).port, method, url);
          expect(`${method} ${url} ${scriptAnswer(script, { method, url })?.status}`).toBe(`${method} ${url} ${got}`);
        }
    } finally {
      server.close();
    }
  });

  it.each([
    ['a file decides', `(q, s) => fs.readFile('x', (e) => { s.statusCode = e ? 404 : 200; s.end(); })`],
    ['a header decides', `(q, s) => { if (q.headers.a) { s.statusCode = 401; return s.end(); } s.end(); }`],
    ['somebody else answers', `(q, s) => serve(q, s)`],
    ['a status that is computed', `(q, s) => { s.statusCode = now(); s.end(); }`],
    ['nobody answers', `(q, s) => {}`],
    ['a loop answers', `(q, s) => { for (const it of all) if (it.is(q)) return it.answer(s); s.end(); }`],
    ['an error is thrown', `(q, s) => { if (q.url === '/') throw new Error('no'); s.end(); }`],
    ['it answers later', `(q, s) => { setTimeout(() => s.end(), 10); }`],
  ])('%s, so nothing is known', (_, handler) => {
    const script = readScript(`require('http').createServer(${handler}).listen(80);`)!;
    expect(scriptAnswer(script, { method: 'GET', url: '/' })).toBeUndefined();
  });

  it('takes any text', () => {
    for (const text of ['}', '((((', '`${', 'a = /[/', "'", 'if (', 'x => {', 'createServer(', 'class A { #b = 1 }'])
      expect(() => scriptAnswer(readScript(text) ?? [], { method: 'GET', url: '/' })).not.toThrow();
  });
});
