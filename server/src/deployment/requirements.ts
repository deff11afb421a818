/** Whether a project's requirements.txt, which its packages are installed by, leaves out one that it imports. */
import { type HostPath, joinPath } from '../base/hostPath.js';
import { type HostView, isText } from '../host/host.js';

/**
 * Packages that nobody gets by the way, by the module that is imported: the distributions that bring it. Others may come
 * with what is listed, and are not judged.
 */
const BROUGHT_BY: Readonly<Record<string, RegExp>> = {
  decouple: /^python-decouple$/,
  dotenv: /^(?:python-dotenv|uvicorn|fastapi|pydantic-settings|pipenv|.*dotenv.*)$/,
  environ: /^(?:django-environ|environs?|environ-config)$/,
  whitenoise: /^whitenoise$|^django-heroku$/,
  corsheaders: /^django-cors-headers$/,
  rest_framework: /^(?:djangorestframework|drf-|django-rest|dj-rest)/,
  crispy_forms: /crispy/,
  storages: /^django-storages$/,
  dj_database_url: /^(?:dj-database-url|django-heroku|django-environ|environs)$/,
  psycopg2: /^psycopg2/,
  MySQLdb: /^(?:mysqlclient|mysql-python)$/,
  pymysql: /^pymysql$|mysql/,
  flask_sqlalchemy: /^flask-(?:sqlalchemy|migrate|security|appbuilder)/,
  flask_migrate: /^flask-migrate$/,
  flask_login: /^flask-(?:login|security|appbuilder)/,
  flask_cors: /^flask-cors$/,
  flask_wtf: /^flask-(?:wtf|appbuilder|security)/,
  flask: /^(?:flask|quart|connexion|dash|apache-airflow)/,
  django: /^(?:django|drf-|wagtail)/,
  fastapi: /^fastapi/,
  celery: /celery|^flower$/,
};

/** The file that does not list what brings a module; undefined where one does, or that cannot be told. */
export function unlistedIn(folders: readonly HostPath[], module: string, host: HostView): HostPath | undefined {
  const brought = Object.hasOwn(BROUGHT_BY, module) ? BROUGHT_BY[module] : undefined;
  if (!brought) return undefined;
  for (const folder of folders) {
    const path = joinPath(folder, 'requirements.txt');
    const answer = host.read(path);
    if (!answer.known) return undefined;
    if (!isText(answer.value)) continue;
    const names = distributions(answer.value.text);
    return names && names.length > 0 && !names.some((it) => brought.test(it)) ? path : undefined;
  }
  return undefined;
}

/** Normalized names; undefined where other files or addresses bring more: pip's requirements file format. */
function distributions(text: string): string[] | undefined {
  const lines = text.split(/\r?\n/).map((it) => it.replace(/(?:^|\s)#.*$/, '').trim());
  const names: string[] = [];
  for (const line of lines.filter(Boolean)) {
    if (/^--hash/.test(line)) continue;
    const name = /^([A-Za-z0-9][\w.-]*)\s*(?:\[[^\]]*\])?\s*(?:[=<>!~;].*)?\\?$/.exec(line)?.[1];
    if (name === undefined) return undefined;
    names.push(name.toLowerCase().replace(/[-_.]+/g, '-'));
  }
  return names;
}
