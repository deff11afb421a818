/** Ids of the commands that package.json contributes. */
export const commands = {
  restartServer: 'throughline.restartServer',
  showOutput: 'throughline.showOutput',
  explain: 'throughline.explain',
  showExposure: 'throughline.showExposure',
} as const;

/** Ids of commands that only links in hovers call. */
export const linkCommands = { openManual: 'throughline.openManual' } as const;

/** Ids of commands that only code lenses call. */
export const lensCommands = { showPlaces: 'throughline.showPlaces' } as const;
