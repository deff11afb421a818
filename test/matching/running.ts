/** A real nginx with a configuration of ours, for as long as somebody asks it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';

export function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}

/** What nginx said when it would not start. */
export class Refused extends Error {}

/** Runs nginx in a folder until `use` is done; it must listen on `port`. */
export async function running(text: string, folder: string, port: number, use: () => Promise<void>): Promise<void> {
  const path = join(folder, 'nginx.conf');
  writeFileSync(path, text);
  const child = spawn('nginx', ['-p', `${folder}/`, '-c', path], { stdio: ['ignore', 'ignore', 'pipe'] });
  let words = '';
  child.stderr.setEncoding('utf8').on('data', (it) => (words += it));
  try {
    await listening(child, port, () => `${words}\n${text}`);
    await use();
  } finally {
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    if (child.exitCode === null && child.signalCode === null) await ended;
  }
}

async function listening(child: ChildProcess, port: number, words: () => string): Promise<void> {
  for (let i = 0; i < 800; i++) {
    if (child.exitCode !== null) throw new Refused(words());
    const open = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => resolve(true)).on('error', () => resolve(false));
      socket.on('connect', () => socket.destroy());
    });
    if (open) return;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  throw new Error(`nginx does not listen: ${words()}`);
}
