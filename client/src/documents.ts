/** The documents that the server is asked about: files, and text that is not saved yet. */
export const documents = ['nginx', 'systemd'].flatMap((language) => [
  { language, scheme: 'file' },
  { language, scheme: 'untitled' },
]);
