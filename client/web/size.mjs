// The bundle stays below its limit, and nothing in it needs more than the page's policy allows.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

const LIMIT = 250_000;
const files = (folder) =>
  readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    return statSync(path).isDirectory() ? files(path) : [path];
  });

let total = 0;
for (const path of files('dist').sort()) {
  const size = gzipSync(readFileSync(path), { level: 9 }).length;
  total += size;
  console.log(`${String(size).padStart(8)} ${path}`);
}
console.log(`${String(total).padStart(8)} bytes in all, gzip; limit ${LIMIT}`);
if (total > LIMIT) {
  console.error('the bundle is over its limit');
  process.exit(1);
}

const page = readFileSync('dist/index.html', 'utf8');
const inline = /<script(?![^>]*\ssrc=)|<style|\sstyle=|\son[a-z]+=|https?:\/\/|data:/i.exec(page);
if (inline) {
  console.error(`dist/index.html holds what the page's policy forbids: ${inline[0]}`);
  process.exit(1);
}
