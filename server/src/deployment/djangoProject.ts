/** A Django project that a service runs: its settings, and what its patterns are read with. */
import type { HostView } from '../host/host.js';
import { type DjangoSettings, searchPath } from './appModule.js';
import { djangoSetting } from './django.js';
import type { Within } from './djangoUrls.js';
import type { ServiceApp } from './serviceApp.js';

export interface DjangoProject {
  readonly app: ServiceApp;
  readonly settings: DjangoSettings;
  readonly within: Within;
  /** ROOT_URLCONF. */
  readonly urls: string;
}

/** The project that a service runs; undefined where its patterns are not its settings' own or something else answers first. */
export function djangoProject(app: ServiceApp, settings: DjangoSettings, host: HostView): DjangoProject | undefined {
  const urls = djangoSetting(settings, 'ROOT_URLCONF');
  const folders = searchPath(app);
  if (
    typeof urls !== 'string' ||
    !folders ||
    !/^(?:gunicorn|uvicorn|hypercorn|daphne|waitress|uwsgi)$/.test(app.server)
  )
    return undefined;
  const within = {
    host,
    folders,
    environment: app.environment,
    setting: (name: string) => djangoSetting(settings, name),
  };
  return { app, settings, within, urls };
}
