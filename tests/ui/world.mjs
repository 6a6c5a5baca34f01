// The whole system for the browser tests: the folder that deploy/quickstart makes, its server and witnesses, and `thamvan ui` for some homes.
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const BIN = process.env.THAMVAN_BIN_DIR;
// Pages of a folder instead of those in the binary, while they are worked on.
const PAGES = process.env.THAMVAN_UI_PAGES ? ['--pages', process.env.THAMVAN_UI_PAGES] : [];
const run = promisify(execFile);

export class World {
  #children = new Map();

  /** Makes the folder, or takes a finished one (THAMVAN_UI_DIR), and starts server and witnesses. */
  async start() {
    assert.ok(BIN, 'THAMVAN_BIN_DIR is not set');
    this.kept = process.env.THAMVAN_UI_DIR;
    this.dir = this.kept ?? mkdtempSync(join(tmpdir(), 'thamvan-ui-'));
    if (!existsSync(join(this.dir, 'finished'))) {
      const log = join(this.dir, 'quickstart.log');
      const out = openSync(log, 'w');
      const made = spawn(join(ROOT, 'deploy/quickstart'), ['--once', '--dir', this.dir], {
        env: { ...process.env, THAMVAN_BIN_DIR: BIN, THAMVAN_SCENARIO: process.env.THAMVAN_SCENARIO ?? 'whole' },
        stdio: ['ignore', out, out],
      });
      const [code] = await once(made, 'exit');
      closeSync(out);
      assert.equal(code, 0, `deploy/quickstart failed:\n${readFileSync(log, 'utf8').split('\n').slice(-30).join('\n')}`);
    }
    for (const name of ['w1', 'w2']) await this.#listening(name, 'thamvan', ['witness', 'run', '--dir', join(this.dir, 'witnesses', name)], join(this.dir, 'witnesses', name));
    await this.startServer();
  }

  async startServer() {
    await this.#listening('server', 'thamvan-server', ['run', '--config', join(this.dir, 'thamvan.toml')], join(this.dir, 'server'));
  }

  /** Starts a process and waits for the address that it writes once it listens. */
  async #listening(name, program, args, folder) {
    const address = join(folder, 'address');
    rmSync(address, { force: true });
    const child = this.#spawn(name, program, args);
    while (!existsSync(address)) {
      assert.equal(child.exitCode, null, `${name} stopped`);
      await pause(20);
    }
  }

  #spawn(name, program, args, options = {}) {
    const child = spawn(join(BIN, program), args, { stdio: ['ignore', 'pipe', 'pipe'], ...options });
    child.said = '';
    child.stderr.on('data', (data) => (child.said += data));
    if (options.keepOut !== true) child.stdout.resume();
    this.#children.set(name, child);
    return child;
  }

  async stopOne(name) {
    const child = this.#children.get(name);
    this.#children.delete(name);
    if (!child || child.exitCode !== null) return;
    child.kill('SIGTERM');
    await once(child, 'exit');
  }

  #environment(home) {
    const folder = join(this.dir, 'homes', home);
    return { ...process.env, THAMVAN_LANG: 'vi', THAMVAN_HOME: folder, THAMVAN_PASSPHRASE_FILE: join(folder, 'passphrase') };
  }

  passphrase(home) {
    return readFileSync(join(this.dir, 'homes', home, 'passphrase'), 'utf8');
  }

  /** `thamvan ui` for a home; gives the address, which works once. `report`: a file; `clock`: how far its clock is off, as `faketime` reads it. */
  async ui(home, { report, clock } = {}) {
    const args = ['--json', 'ui', '--no-open', ...PAGES, ...(report ? ['--report', report] : [])];
    const env = { ...this.#environment(home), ...(clock ? await faked(clock) : {}) };
    const child = this.#spawn(`ui-${home}`, 'thamvan', args, { env, keepOut: true });
    let text = '';
    for await (const data of child.stdout) {
      text += data;
      if (text.includes('\n')) break;
    }
    assert.ok(text.includes('"url"'), `thamvan ui for ${home}: ${text}${child.said}`);
    return JSON.parse(text).url;
  }

  /** Another address for a home whose pages are served already. */
  async again(home) {
    const { stdout } = await run(join(BIN, 'thamvan'), ['--json', 'ui', '--no-open'], { env: this.#environment(home) });
    return JSON.parse(stdout).url;
  }

  /** A command of a home, as JSON. */
  async as(home, ...args) {
    const { stdout } = await run(join(BIN, 'thamvan'), ['--json', ...args], { env: this.#environment(home), maxBuffer: 64 << 20 });
    return JSON.parse(stdout);
  }

  async stop() {
    for (const name of [...this.#children.keys()].reverse()) await this.stopOne(name);
    if (!this.kept) rmSync(this.dir, { recursive: true, force: true });
  }
}

/** What `faketime` gives to a program. Itself it would stand between the program and the signal that ends it. */
async function faked(clock) {
  const { stdout } = await run('faketime', ['-f', clock, 'printenv', 'LD_PRELOAD']);
  return { LD_PRELOAD: stdout.trim(), FAKETIME: clock };
}
