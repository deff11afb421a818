/** Ids of the commands that package.json contributes. */
export const commands = {
  restartServer: 'throughline.restartServer',
  showOutput: 'throughline.showOutput',
} as const;
