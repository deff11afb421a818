/** Further kinds of fault, and of deployment that works, along the line from nginx to the app. */
import { type Change, SERVICE, SITE } from './cases.js';

/** The server of the upstream stands in a file of its own. */
const includedUpstream =
  (change: (server: string) => string): Change =>
  ({ tree, shape }) => {
    if (!shape.upstream) return undefined;
    const text = tree[SITE] as string;
    const [server] = /server (?:unix|127)[^;]*;/.exec(text)!;
    return {
      tree: {
        ...tree,
        [SITE]: text.replace(server, 'include /etc/nginx/servers.d/*.conf;'),
        'etc/nginx/servers.d/app.conf': `${change(server)}\n`,
      },
    };
  };

/** uWSGI in the place of gunicorn, asked with a body of so many bytes. */
const uwsgi =
  (options: string, body: number): Change =>
  ({ tree, shape }) => {
    if (shape.bind !== 'tcp' || shape.upstream) return undefined;
    const line = `ExecStart=/usr/bin/uwsgi --plugin python3 --master --socket 127.0.0.1:8000 --module mysite.wsgi ${options}`;
    return {
      tree: {
        ...tree,
        [SITE]: (tree[SITE] as string).replace('proxy_pass http://', 'include uwsgi_params;\n        uwsgi_pass '),
        [SERVICE]: (tree[SERVICE] as string).replace(/ExecStart=.*/, line).replace('Type=notify', 'Type=simple'),
        'etc/nginx/uwsgi_params': UWSGI_PARAMS,
        // A body that nobody reads makes the kernel reset the connection, now and then before nginx has the answer.
        [`${shape.project}/mysite/wsgi.py`]: READS_BODY,
      },
      ask: { path: '/', host: 'example.com', method: 'POST', body },
    };
  };

const READS_BODY = `def application(environ, start_response):
    environ['wsgi.input'].read(int(environ.get('CONTENT_LENGTH') or 0))
    start_response('200 OK', [('Content-Type', 'text/plain')])
    return [b'here']
`;

const UWSGI_PARAMS = `uwsgi_param QUERY_STRING $query_string;
uwsgi_param REQUEST_METHOD $request_method;
uwsgi_param CONTENT_TYPE $content_type;
uwsgi_param CONTENT_LENGTH $content_length;
uwsgi_param REQUEST_URI $request_uri;
uwsgi_param PATH_INFO $document_uri;
uwsgi_param SERVER_PROTOCOL $server_protocol;
uwsgi_param SERVER_PORT $server_port;
uwsgi_param SERVER_NAME $server_name;
`;

export const LINE_FAULTS: readonly (readonly [string, readonly Change[], readonly string[]])[] = [
  [
    'wrong address in an included upstream',
    [includedUpstream((it) => it.replace(':8000', ':8001').replace('.sock', '1.sock'))],
    ['deployment/upstream-without-listener'],
  ],
  ['body that uWSGI does not take', [uwsgi('--limit-post 10000', 20_000)], []],
];

export const LINE_WORKING: readonly (readonly [string, readonly Change[]])[] = [
  ['good: included upstream', [includedUpstream((it) => it)]],
  ['good: body that uWSGI takes', [uwsgi('--limit-post 30000', 20_000)]],
];
