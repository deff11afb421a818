#!/usr/bin/env node
const { existsSync } = require('node:fs');
const { join } = require('node:path');
const { load } = require('./compiled.cjs');

const bundle = join(__dirname, '../dist/cli.cjs');
const command = process.argv[2];
if (!existsSync(bundle)) {
  console.error(`throughline is not built yet: ${bundle} is missing. Run "npm run build" in the repository first.`);
  process.exitCode = 2;
} else if (command === 'check' || command === 'explain') {
  load(bundle, command);
} else {
  require(bundle);
}
