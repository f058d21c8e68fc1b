// A `solc` command over the npm package `solc` (WebAssembly), for tools that want an executable:
// Brownie and py-solc-x (standard input), forge and slither (file, base path, include paths).
// Answers --version and --standard-json; everything else is refused.
'use strict';

const fs = require('node:fs');
const path = require('node:path');
const solc = require('solc');
// The package installs a handler that prints the whole compiler on any error. Errors here are our own.
process.removeAllListeners('uncaughtException');

const UNSIGNED = 2 ** 32;

function refuse(message) {
  process.stderr.write(`solc: ${message}\n`);
  process.exit(1);
}

function parseArguments(words) {
  const options = { base: process.cwd(), include: [], allowed: [], file: null, json: false, version: false };
  for (let i = 0; i < words.length; i += 1) {
    let [flag, value] = words[i].startsWith('--') ? words[i].split(/=(.*)/s) : [words[i], undefined];
    const next = () => value ?? words[(i += 1)] ?? refuse(`${flag} needs a value`);
    if (flag === '--version') options.version = true;
    else if (flag === '--standard-json') options.json = true;
    else if (flag === '--base-path') options.base = path.resolve(next());
    else if (flag === '--include-path') options.include.push(path.resolve(next()));
    else if (flag === '--allow-paths') options.allowed.push(...next().split(',').filter(Boolean));
    else if (flag === '-' ) options.file = null;
    else if (flag.startsWith('-')) refuse(`${flag} is not supported; allowed: --version, --standard-json`);
    else options.file = flag;
  }
  return options;
}

// A source is read from the base path, an include path or, as solc does, only below an allowed folder.
function reader(options) {
  const roots = [options.base, ...options.include];
  const allowed = [...roots, ...options.allowed.map((folder) => path.resolve(folder))];
  const inside = (file) => allowed.some((folder) => file === folder || file.startsWith(folder + path.sep));
  return (name) => {
    const bare = name.replace(/^file:\/\//, '');
    for (const root of path.isAbsolute(bare) ? ['/'] : roots) {
      const file = path.resolve(root, bare);
      if (fs.existsSync(file)) {
        return inside(file) ? { contents: fs.readFileSync(file, 'utf8') } : { error: `${file}: not in an allowed folder` };
      }
    }
    return { error: `${name}: file not found` };
  };
}

function inlineUrls(input, read) {
  for (const [name, source] of Object.entries(input.sources ?? {})) {
    if (source.content !== undefined || !source.urls) continue;
    const found = source.urls.map(read).find((result) => result.contents !== undefined);
    input.sources[name] = found ? { content: found.contents } : source;
  }
  return input;
}

// Ids of built-in declarations are negative; 32-bit WebAssembly prints them as 2^32 - n.
function repairIds(node) {
  for (const [key, value] of Object.entries(node)) {
    if (typeof value === 'number' && value > UNSIGNED - 1000) node[key] = value - UNSIGNED;
    else if (value !== null && typeof value === 'object') repairIds(value);
  }
}

function main() {
  const options = parseArguments(process.argv.slice(2));
  if (options.version) {
    process.stdout.write(`solc, the solidity compiler commandline interface\nVersion: ${solc.version()}\n`);
    return;
  }
  if (!options.json) refuse('only --version and --standard-json are supported');
  const input = JSON.parse(fs.readFileSync(options.file ?? 0, 'utf8'));
  const read = reader(options);
  const output = JSON.parse(solc.compile(JSON.stringify(inlineUrls(input, read)), { import: read }));
  for (const source of Object.values(output.sources ?? {})) if (source.ast) repairIds(source.ast);
  process.stdout.write(JSON.stringify(output));
}

main();
